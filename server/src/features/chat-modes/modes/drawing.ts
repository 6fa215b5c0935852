import type { SlotName } from '../../../platform/models/index.ts';
import type { Definition, WorkflowNode } from '../../workflows/index.ts';

type Config = Record<string, unknown>;

/** Minutes: a model on a small machine writes a long answer slowly. */
const promptTimeoutSeconds = 1_800;

/** What every mode tells the model that writes for the person. */
export const manners = [
  'You are a careful assistant. Answer in the language of the question, in Markdown.',
  'Say plainly when you do not know something. Do not invent sources.',
].join('\n');

/** What every run of a chat mode is given. */
const inputSchema = {
  type: 'object',
  properties: {
    question: { type: 'string' },
    history: { type: 'array', items: { type: 'object' } },
    scope: { type: 'object' },
    web_search: { type: 'boolean' },
    model: { anyOf: [{ type: 'object' }, { type: 'null' }] },
  },
  required: ['question', 'history', 'scope', 'web_search', 'model'],
};

const budget = { steps: 400, tokens: 400_000, seconds: 4 * 3_600, depth: 0 };

/** A step of a drawing. */
export function step(id: string, type: string, name: string, config: Config = {}): WorkflowNode {
  return { id, type, name, config };
}

/** A step that asks a model; the person's own choice of a model counts. */
export function ask(id: string, name: string, slot: SlotName, config: Config): WorkflowNode {
  const node = step(id, 'prompt', name, { slot, preferred_model: '{{input.model}}', ...config });
  return { ...node, timeout_seconds: promptTimeoutSeconds };
}

/** A step that asks a model for a value: short, exact, the same every time. */
export function judge(
  id: string,
  name: string,
  slot: SlotName,
  config: Config & { output_schema: Config },
): WorkflowNode {
  return ask(id, name, slot, { temperature: 0, max_output_tokens: 800, ...config });
}

/** A step whose text is the answer. A model that is busy for a moment is asked once more. */
export function answer(id: string, name: string, slot: SlotName, config: Config): WorkflowNode {
  const node = ask(id, name, slot, { stream: 'answer', ...config });
  return { ...node, retry: { max_attempts: 2, delay_seconds: 1 } };
}

export function condition(id: string, name: string, expression: string): WorkflowNode {
  return step(id, 'condition', name, { expression });
}

export function transform(id: string, name: string, expression: string): WorkflowNode {
  return step(id, 'transform', name, { expression });
}

/** `a>b`, or by a way out `a:error>b`. */
export function draw(nodes: WorkflowNode[], connections: string[]): Definition {
  const edges = connections.map((connection) => {
    const [from = '', to = ''] = connection.split('>');
    const [id = '', port] = from.split(':');
    return { from: id, to, ...(port === undefined ? {} : { port }) };
  });
  const all = [step('start', 'start', 'Question'), ...nodes];
  return { format: 1, input_schema: inputSchema, budget, nodes: all, edges };
}

/** A closed object for structured answers: small models keep to what is tight. */
export function object(properties: Record<string, Config>, optional: string[] = []): Config {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** What people write is text: it names no values of a workflow. */
export function literal(text: string): string {
  return text.replace(/\{(?=\{)/g, '{ ').replace(/\}(?=\})/g, '} ');
}

const merged = `(
  $own := steps.find.output.items;
  $web := steps.search_web.output.items;
  $longer := $max([$count($own), $count($web)]);
  {"passages": [$longer > 0 ? $reduce([0..$longer - 1], function($all, $i) {
    $append($all, $append($own[$i], $web[$i]))
  }, [])]}
)`;

/** Searching the documents of the conversation, and the web where the person wants that; `sources` has both in turn. */
export const evidence = {
  first: 'wants_documents',
  nodes: (query: string): WorkflowNode[] => [
    condition('wants_documents', 'Documents wanted?', 'input.scope.kind != "none"'),
    step('find', 'retrieve', 'Search your documents', { query, scope: '{{input.scope}}', limit: 8 }),
    condition('wants_web', 'Web wanted?', 'input.web_search'),
    step('search_web', 'web_search', 'Search the web', { query }),
    // Both by turns: a small model may have room for the first few only.
    transform('sources', 'Number the sources', merged),
  ],
  connections: [
    'wants_documents:true>find',
    'wants_documents:false>wants_web',
    'find>wants_web',
    'find:error>wants_web',
    'wants_web:true>search_web',
    'wants_web:false>sources',
    'search_web>sources',
    'search_web:error>sources',
  ],
};
