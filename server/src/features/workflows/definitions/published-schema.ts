import type { WorkflowTool } from '../../../platform/tools/tool.ts';
import type { StepType, StepTypes } from '../steps/step-type.ts';
import type { WorkflowEvent } from '../triggers/workflow-events.ts';
import { DefinitionSchema, NodeSchema } from './definition.schemas.ts';

/**
 * The JSON schema (2020-12) of a workflow document, with the settings of each kind of step. `x-steps`, `x-tools`
 * and `x-events` say what an editor has to offer.
 */
export function publishedSchema(
  types: StepTypes,
  tools: readonly WorkflowTool[],
  events: readonly WorkflowEvent[],
): Record<string, unknown> {
  const document = plain(DefinitionSchema) as { properties: Record<string, unknown> };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://aiwfe/workflow-1.json',
    title: 'Workflow',
    ...document,
    properties: {
      ...document.properties,
      nodes: { type: 'array', minItems: 1, items: { oneOf: [...types.values()].map(nodeSchema) } },
    },
    'x-steps': [...types.values()].map(describe),
    'x-tools': tools.map(({ name, title, description, purpose, input, writes, needsApproval, scope }) => ({
      name,
      title,
      description,
      purpose,
      scope,
      writes,
      needs_approval: needsApproval ?? writes,
      input: plain(input),
    })),
    'x-events': events,
  };
}

function nodeSchema(type: StepType): Record<string, unknown> {
  const node = plain(NodeSchema) as { properties: Record<string, unknown> };
  return {
    ...node,
    title: type.title,
    description: type.description,
    properties: { ...node.properties, type: { const: type.type }, config: plain(type.config) },
  };
}

function describe(type: StepType): Record<string, unknown> {
  const { title, description, expressions = [], literals = [] } = type;
  const ports = type.type === 'switch' ? null : type.ports({});
  return { type: type.type, title, description, ports, expressions, literals };
}

function plain(schema: object): object {
  return JSON.parse(JSON.stringify(schema)) as object;
}
