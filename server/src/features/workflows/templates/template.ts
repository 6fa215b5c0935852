import type { Definition, WorkflowNode } from '../definitions/definition.schemas.ts';

export type TemplateLanguage = 'en' | 'de';

export const templateCategories = ['documents', 'planning', 'research', 'approvals', 'data'] as const;

/** What a template cannot work without. */
export type TemplateNeed = 'model' | 'documents' | 'web_search';

interface Named {
  title: string;
  about: string;
}

/** A workflow to begin with, in every language that the program speaks. */
export interface WorkflowTemplate {
  id: string;
  category: (typeof templateCategories)[number];
  /** Name of a symbol. */
  icon: string;
  needs: readonly TemplateNeed[];
  in(language: TemplateLanguage): Named & { definition: Definition };
}

/** Declares a template: its texts, among them those that models read, and what is drawn with them. */
export function defineTemplate<Texts extends Named>(template: {
  id: string;
  category: WorkflowTemplate['category'];
  icon: string;
  needs?: readonly TemplateNeed[];
  texts: Record<TemplateLanguage, Texts>;
  draw(texts: Texts): { input?: Record<string, unknown>; nodes: Drawn[]; edges: string[] };
}): WorkflowTemplate {
  const { texts, draw, needs = [], ...rest } = template;
  return {
    ...rest,
    needs,
    in(language) {
      const { title, about } = texts[language];
      return { title, about, definition: toDefinition(draw(texts[language])) };
    },
  };
}

type Drawn = Omit<WorkflowNode, 'position'>;

/** Edges are written `from>to` or `from:port>to`. */
function toDefinition(drawn: {
  input?: Record<string, unknown>;
  nodes: Drawn[];
  edges: string[];
}): Definition {
  const edges = drawn.edges.map((edge) => {
    const [source = '', to = ''] = edge.split('>');
    const [from = '', port] = source.split(':');
    return { from, to, ...(port === undefined ? {} : { port }) };
  });
  return {
    format: 1,
    ...(drawn.input ? { input_schema: drawn.input } : {}),
    nodes: place([{ id: 'start', type: 'start' }, ...drawn.nodes], edges),
    edges,
  };
}

const columnWidth = 300;
const rowHeight = 150;

/** From left to right by the shortest way from the start, beside one another from top to bottom. */
function place(nodes: Drawn[], edges: { from: string; to: string }[]): WorkflowNode[] {
  const columns = new Map([['start', 0]]);
  for (const from of columns.keys())
    for (const { to } of edges.filter((edge) => edge.from === from))
      if (!columns.has(to)) columns.set(to, (columns.get(from) ?? 0) + 1);
  const filled = new Map<number, number>();
  return nodes.map((node) => {
    const column = columns.get(node.id) ?? 0;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    return { ...node, position: { x: column * columnWidth, y: row * rowHeight } };
  });
}

/** The schema of an input with these texts, all of them needed. */
export function textInput(fields: Record<string, string>): Record<string, unknown> {
  const properties = Object.entries(fields).map(([name, title]) => [
    name,
    { type: 'string', title, minLength: 1 },
  ]);
  return { type: 'object', required: Object.keys(fields), properties: Object.fromEntries(properties) };
}
