import type { Step } from '../../conversations/index.ts';
import type { Definition, WorkflowNode } from '../../workflows/index.ts';
import type { ShownMode, StepView } from './mode.ts';

type Shown = Readonly<Record<string, { kind: Step['kind']; title: string }>>;

/** Steps that do something a person would ask about; what only leads from one to the next is not shown. */
const shownAs: Shown = {
  prompt: { kind: 'prompt', title: 'Ask a model' },
  retrieve: { kind: 'retrieve', title: 'Search in your documents' },
  web_search: { kind: 'web', title: 'Search the web' },
  http: { kind: 'tool', title: 'Ask another server' },
  tool: { kind: 'tool', title: 'Use a tool' },
  chosen_tool: { kind: 'tool', title: 'Use a tool' },
  sub_workflow: { kind: 'tool', title: 'Run another workflow' },
  wait: { kind: 'wait', title: 'Wait' },
};
/** Shown where there is nothing else: the run is to be found from its answer. */
const shownAlone: Shown = {
  transform: { kind: 'think', title: 'Transform' },
  text: { kind: 'think', title: 'Text' },
};

/** A workflow that a person drew, as the answer of a chat. */
export function drawnMode({ nodes }: Definition): ShownMode {
  const views = viewsOf(nodes, shownAs);
  // Where it searches once, numbers in the answer are those of what was found, unless its step was given sources.
  const searches = nodes.filter(({ type }) => type === 'retrieve' || type === 'web_search');
  const sources = searches.length === 1 ? searches.map(({ id }) => id) : [];
  const hasViews = Object.keys(views).length > 0;
  const shown = hasViews ? views : viewsOf(nodes, shownAlone);
  return { sources, views: shown, citesGiven: true, answersByOutput: true };
}

function viewsOf(nodes: readonly WorkflowNode[], as: Shown): ShownMode['views'] {
  const views = nodes.flatMap((node) => {
    const view = viewOf(node, as);
    return view ? [[node.id, view] as const] : [];
  });
  return Object.fromEntries(views);
}

function viewOf({ type, name, config }: WorkflowNode, as: Shown): StepView | undefined {
  const shown = as[type];
  if (!shown) return undefined;
  const given = name?.trim();
  const title = given ? { title: given } : { title: shown.title, titleCode: type };
  const view = { kind: shown.kind, ...title };
  // What is on its way to the person as the answer is not said twice.
  const speaks = type === 'prompt' && config?.stream === undefined && config?.output_schema === undefined;
  return speaks
    ? { ...view, speaks, describe: ({ text }: { text?: string }) => ({ text: text ?? null }) }
    : view;
}
