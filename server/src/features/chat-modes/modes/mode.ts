import type { WorkflowTool } from '../../../platform/tools/tool.ts';
import {
  type ChatMode,
  type CodedText,
  foundPassages,
  foundResults,
  type Step,
} from '../../conversations/index.ts';
import type { Definition } from '../../workflows/index.ts';
import type { ToolPermission } from '../chat-modes.tables.ts';
import type { ExpertId } from '../experts.ts';

/** What a person has set, as definitions are built from it. */
export interface ModeSettings {
  experts: readonly { id: ExpertId; enabled: boolean; prompt: string }[];
  tools: readonly { tool: WorkflowTool; permission: ToolPermission }[];
}

/** What came out of a step: in a few words or a name, and what it said. */
interface Outcome {
  detail?: CodedText | string | null;
  text?: string | null;
  tasks?: NonNullable<Step['tasks']>;
}

/** How a step of a mode is shown under the answer. Steps without a view are not shown. */
export interface StepView {
  kind: Step['kind'];
  title: string;
  /** Of the title, where it is no name that a person gave. */
  titleCode?: string;
  /** The text of the step is what its model writes, shown while it is written. */
  speaks?: boolean;
  describe?(output: never): Outcome;
  /** What the answer goes without when the step fails. */
  without?: string;
}

/** How the run of a mode becomes an answer. */
export interface ShownMode {
  /** Steps whose output has `passages`, or `items` as searches give them: what the answer refers to as [1], [2], … */
  sources: readonly string[];
  views: Readonly<Record<string, StepView>>;
  /** Numbers in the answer are those of the `sources` that its step was given. */
  citesGiven?: boolean;
  /** Where no step has written it, the output of the run is the answer. */
  answersByOutput?: boolean;
}

export interface Mode extends ShownMode {
  id: Exclude<ChatMode, 'simple'>;
  build(settings: ModeSettings): Definition;
}

/** Declares the view of a step whose output has a known shape; what is missing in it is left out. */
export function view<Output>(
  shown: Omit<StepView, 'describe'> & {
    describe?(output: Partial<Output>): Outcome;
  },
): StepView {
  return shown as StepView;
}

interface Found {
  items: { document_id: string | null; document_name: string }[];
}

/** The views of `evidence`. */
export const evidenceViews: Record<string, StepView> = {
  find: view<Found>({
    kind: 'retrieve',
    title: 'Search in your documents',
    without: 'Your documents could not be searched.',
    describe: ({ items = [] }) => ({ detail: foundPassages(items) }),
  }),
  search_web: view<Found>({
    kind: 'web',
    title: 'Search the web',
    without: 'The web could not be searched.',
    describe: ({ items = [] }) => ({ detail: foundResults(items) }),
  }),
};
