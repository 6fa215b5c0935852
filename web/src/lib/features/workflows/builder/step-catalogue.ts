import type { WorkflowNode } from '@aiwfe/api-client';

/** The part of JSON schema that settings of steps, inputs of tools and inputs of workflows are described with. */
export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
}

/** A kind of step as the server describes it. */
export interface StepKind {
  type: string;
  title: string;
  description: string;
  /** The ways out besides `error`; null where they come from the settings. */
  ports: string[] | null;
  expressions: string[];
  literals: string[];
  config: JsonSchema;
}

export interface ToolKind {
  name: string;
  title: string;
  description: string;
  writes: boolean;
  needs_approval: boolean;
  input: JsonSchema;
}

/** Something that happens in the program and may start a workflow or wake a step. */
export interface EventKind {
  name: string;
  title: string;
  description: string;
}

export interface StepCatalogue {
  steps: ReadonlyMap<string, StepKind>;
  tools: ReadonlyMap<string, ToolKind>;
  events: readonly EventKind[];
}

interface PublishedSchema {
  properties?: { nodes?: { items?: { oneOf?: { properties: { type: JsonSchema; config: JsonSchema } }[] } } };
  'x-steps'?: Omit<StepKind, 'config'>[];
  'x-tools'?: ToolKind[];
  'x-events'?: EventKind[];
}

/** The kinds of steps and the tools from the answer of `GET /workflows/schema`. */
export function readCatalogue(published: Record<string, unknown>): StepCatalogue {
  const {
    properties,
    'x-steps': steps = [],
    'x-tools': tools = [],
    'x-events': events = [],
  } = published as PublishedSchema;
  const nodes = properties?.nodes?.items?.oneOf ?? [];
  const configs = new Map(nodes.map((node) => [node.properties.type.const, node.properties.config]));
  return {
    steps: new Map(steps.map((step) => [step.type, { ...step, config: configs.get(step.type) ?? {} }])),
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    events,
  };
}

export const errorPort = 'error';
export const nextPort = 'next';

/** The ways out of a step, the one for errors last. */
export function portsOf(catalogue: StepCatalogue, node: Pick<WorkflowNode, 'type' | 'config'>): string[] {
  const kind = catalogue.steps.get(node.type);
  if (!kind) return [nextPort];
  const ports = kind.ports ?? [...caseNames(node), 'otherwise'];
  return node.type === 'start' || node.type === 'end' ? ports : [...ports, errorPort];
}

function caseNames({ config }: Pick<WorkflowNode, 'config'>): string[] {
  const cases = Array.isArray(config?.cases) ? (config.cases as { name?: unknown }[]) : [];
  return cases.map(({ name }) => (typeof name === 'string' ? name : '')).filter((name) => name !== '');
}

/** Groups of the palette in their order; what is not listed is under `more`. */
export const stepGroups = {
  model: ['prompt', 'retrieve', 'web_search'],
  data: ['text', 'transform'],
  flow: ['condition', 'switch', 'loop', 'parallel', 'join', 'wait', 'sub_workflow', 'start', 'end'],
  outside: ['tool', 'chosen_tool', 'http'],
  people: ['approval'],
} as const;
export type StepGroup = keyof typeof stepGroups | 'more';

export function groupOf(type: string): StepGroup {
  for (const [group, types] of Object.entries(stepGroups)) {
    if ((types as readonly string[]).includes(type)) return group as StepGroup;
  }
  return 'more';
}

/** True where the step, as it is set, changes or sends something and waits for an approval by default. */
export function asksBeforehand(
  catalogue: StepCatalogue,
  node: Pick<WorkflowNode, 'type' | 'config'>,
): boolean {
  if (node.type === 'tool') return catalogue.tools.get(String(node.config?.tool))?.needs_approval ?? false;
  if (node.type !== 'http') return false;
  const method = node.config?.method ?? 'GET';
  return method !== 'GET' && method !== 'HEAD';
}
