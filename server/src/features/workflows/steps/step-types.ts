import type { OutboundDoor } from '../../../platform/outbound-http/index.ts';
import type { WorkflowTool } from '../../../platform/tools/tool.ts';
import type { Expressions } from '../expressions/expressions.ts';
import type { WorkflowEvent } from '../triggers/workflow-events.ts';
import type { PassageSource, StepModels } from '../workflow-ports.ts';
import { approvalStep } from './approval.step.ts';
import { expressionSteps } from './choice.steps.ts';
import { chosenToolStep } from './chosen-tool.step.ts';
import { httpStep } from './http.step.ts';
import { promptStep } from './prompt.step.ts';
import { retrieveStep, webSearchStep } from './retrieve.step.ts';
import type { StepType, StepTypes } from './step-type.ts';
import { structureSteps } from './structure.steps.ts';
import { subWorkflowStep } from './sub-workflow.step.ts';
import { textStep } from './text.step.ts';
import { toolStep } from './tool.step.ts';
import { waitStep } from './wait.step.ts';

export interface StepParts {
  models: StepModels;
  passages: PassageSource;
  door: OutboundDoor;
  localHosts?: readonly string[];
  expressions: Expressions;
  tools: readonly WorkflowTool[];
  clock: () => Date;
  events: readonly WorkflowEvent[];
}

/** Every kind of step there is. */
export function createStepTypes(parts: StepParts): StepTypes {
  const all: StepType[] = [
    ...structureSteps,
    promptStep(parts.models),
    retrieveStep(parts.passages),
    webSearchStep(parts.passages),
    httpStep(parts.door, parts.localHosts ?? []),
    toolStep(parts.tools),
    chosenToolStep(parts.tools, parts.passages, parts.clock),
    ...expressionSteps(parts.expressions),
    textStep,
    waitStep(parts.clock, parts.events),
    approvalStep(parts.clock),
    subWorkflowStep,
  ];
  return new Map(all.map((step) => [step.type, step]));
}
