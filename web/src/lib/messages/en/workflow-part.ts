import { chatModeSteps } from './chat-mode-steps.ts';
import { workflowBuilder } from './workflow-builder.ts';
import { workflowSteps } from './workflow-steps.ts';
import { workflowTriggers } from './workflow-triggers.ts';

/** What only the editor of workflows and the pages of runs say; it comes with them. */
export const workflowPart = { ...chatModeSteps, ...workflowBuilder, ...workflowSteps, ...workflowTriggers };
