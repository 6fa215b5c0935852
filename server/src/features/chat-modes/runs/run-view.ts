import { type Withheld, withheldFrom } from '../../../platform/tools/withheld.ts';
import {
  type CodedText,
  coded,
  type FoundPassage,
  type ModeEvent,
  reason,
  type Step,
} from '../../conversations/index.ts';
import type { AnswerPart, AnswerRuns, Definition, StepFacts } from '../../workflows/index.ts';
import type { ShownMode, StepView } from '../modes/mode.ts';
import { AnswerText } from './answer-text.ts';

/** Of a step's text: more is in the run. */
const maxStepCharacters = 20_000;
/** Under an answer: a loop may have thousands. */
const maxSteps = 200;
/** That can be cited. */
const maxFound = 2_000;

interface SeenStep {
  nodeId: string;
  view: StepView | undefined;
  /** Its text is the answer. */
  part: AnswerPart | undefined;
  isRunning: boolean;
  /** Characters of its text that were shown. */
  said: number;
  approvalId: string | undefined;
}

type RunEnd = Pick<ModeEvent & { type: 'end' }, 'status' | 'error'>;

export interface RunStepEvent {
  number: number;
  node_id?: string;
  status: string;
  port?: string | null;
  waits_for?: string | null;
  error?: { code: string; detail: string } | null;
}

/** Where a sub-workflow is: shown are what it asks the person and what was withheld from it, at the step that started it. */
interface Place {
  /** In front of the numbers of its steps. */
  path: string;
  /** The step of the workflow that answers. */
  nodeId: string;
  /** Of all runs behind the answer. */
  withheld: Set<Withheld['withheld']>;
}

/** Translates the events of a run, in their order from its first, into what is shown of the answer. */
export class RunView {
  readonly #runId: string;
  readonly #mode: ShownMode;
  readonly #runs: AnswerRuns;
  readonly #parts: ReadonlyMap<string, AnswerPart>;
  /** Steps that look into documents or the web. */
  readonly #searches: ReadonlySet<string>;
  /** What they found, by its place. */
  readonly #found = new Map<string, Passage>();
  #hasGiven = false;
  readonly #steps = new Map<number, SeenStep>();
  readonly #answer = new AnswerText();
  readonly #usage = { input_tokens: 0, output_tokens: 0 };
  #shownSteps = 0;
  readonly #place: Place | undefined;
  readonly #withheld: Set<Withheld['withheld']>;
  #lastFailure: RunEnd['error'] = null;

  constructor(runId: string, mode: ShownMode, definition: Definition, runs: AnswerRuns, place?: Place) {
    this.#runId = runId;
    this.#mode = mode;
    this.#runs = runs;
    this.#place = place;
    this.#withheld = place?.withheld ?? new Set();
    const writing = place ? [] : definition.nodes;
    this.#parts = new Map(
      writing.flatMap(({ id, config }) => {
        const part = config?.stream;
        return part === 'answer' || part === 'amend' ? [[id, part]] : [];
      }),
    );
    const searches = definition.nodes.filter(({ type }) => searchTypes.has(type));
    this.#searches = new Set(searches.map(({ id }) => id));
  }

  /** The view of a sub-workflow that a step of this run started. */
  below(runId: string, { number, node_id }: RunStepEvent, definition: Definition): RunView {
    const path = `${this.#place?.path ?? ''}${number}.`;
    const nodeId = this.#place?.nodeId ?? node_id ?? '';
    const place = { path, nodeId, withheld: this.#withheld };
    return new RunView(runId, nothingShown, definition, this.#runs, place);
  }

  async apply(type: string, data: unknown): Promise<ModeEvent[]> {
    if (type === 'run') return this.#carriedOn(data as { status: string });
    if (type === 'step') return this.#stepChanged(data as RunStepEvent);
    if (type === 'delta') return this.#stepWrote(data as { number: number; text: string });
    if (type === 'end' && !this.#place) return this.#ended(data as RunEnd);
    return [];
  }

  /** Another process carries the run on: steps that were cut off begin again, with nothing said yet. */
  #carriedOn({ status }: { status: string }): ModeEvent[] {
    if (status !== 'running') return [];
    return [...this.#steps].flatMap(([number, step]) =>
      step.isRunning ? this.#beginAgain(number, step) : [],
    );
  }

  #beginAgain(number: number, step: SeenStep): ModeEvent[] {
    const events: ModeEvent[] = this.#answer.undo(number);
    if (step.said > 0) {
      step.said = 0;
      events.push(this.#show(number, step, { state: 'running', text: null }));
    }
    return events;
  }

  async #stepChanged(event: RunStepEvent): Promise<ModeEvent[]> {
    const { number, node_id: nodeId, status } = event;
    if (nodeId !== undefined && !this.#steps.has(number)) this.#steps.set(number, this.#newStep(nodeId));
    const step = this.#steps.get(number);
    if (!step) return [];
    if (status === 'running') return this.#stepBegan(number, step);
    step.isRunning = false;
    if (status === 'waiting') return this.#stepWaits(number, step, event.waits_for ?? null);
    if (status === 'pending') return [];
    return this.#stepEnded(number, step, event);
  }

  #newStep(nodeId: string): SeenStep {
    const view = this.#shownSteps < maxSteps ? this.#mode.views[nodeId] : undefined;
    if (view) this.#shownSteps += 1;
    const part = this.#parts.get(nodeId);
    return { nodeId, view, part, isRunning: false, said: 0, approvalId: undefined };
  }

  async #stepBegan(number: number, step: SeenStep): Promise<ModeEvent[]> {
    step.isRunning = true;
    const decided = await this.#approvalSettled(number, step);
    if (!step.view) return decided;
    step.said = 0;
    return [...decided, ...this.#answer.undo(number), this.#show(number, step, { state: 'running' })];
  }

  async #stepWaits(number: number, step: SeenStep, waitsFor: string | null): Promise<ModeEvent[]> {
    if (waitsFor === 'retry') return this.#beginAgain(number, step);
    if (waitsFor !== 'approval') return [];
    const approval = await this.#runs.approval(this.#runId, number);
    if (!approval) return [];
    step.approvalId = approval.id;
    const detail = coded('waits_for_you', 'waits for you');
    return [this.#showApproval(number, step, approval, 'waiting', detail)];
  }

  /** A step that waited for a decision goes on: so there is one. */
  async #approvalSettled(number: number, step: SeenStep): Promise<ModeEvent[]> {
    if (step.approvalId === undefined) return [];
    step.approvalId = undefined;
    const approval = await this.#runs.approval(this.#runId, number);
    if (!approval) return [];
    const state = approval.status === 'approved' ? 'done' : 'failed';
    const detail = outcomes[approval.status] ?? coded(approval.status, approval.status);
    return [this.#showApproval(number, step, approval, state, detail)];
  }

  async #stepEnded(number: number, step: SeenStep, event: RunStepEvent): Promise<ModeEvent[]> {
    this.#steps.delete(number);
    const decided = await this.#approvalSettled(number, step);
    if (this.#place && !this.#searches.has(step.nodeId)) return decided;
    const facts = await this.#runs.step(this.#runId, number);
    if (!facts) return decided;
    this.#usage.input_tokens += facts.tokens.input;
    this.#usage.output_tokens += facts.tokens.output;
    const rest =
      event.status === 'succeeded' ? this.#succeeded(number, step, facts) : this.#failed(number, step, facts);
    return [...decided, ...rest];
  }

  #succeeded(number: number, step: SeenStep, facts: StepFacts): ModeEvent[] {
    const events: ModeEvent[] = [];
    const { input, output, durationMs } = facts;
    if (step.part !== undefined) {
      if (this.#mode.citesGiven) events.push(...this.#sourcesGiven(step.part, input));
      events.push(...this.#answer.settle(number, step.part, textOf(output)));
      const { answered_by: model } = (output ?? {}) as {
        answered_by?: (ModeEvent & { type: 'model' })['model'];
      };
      if (model) events.push({ type: 'model', model });
    }
    if (this.#mode.sources.includes(step.nodeId)) events.push(...sourcesOf(output));
    if (this.#searches.has(step.nodeId)) {
      this.#noteFound(output);
      events.push(...this.#noticeOfWithheld(output));
    }
    if (!step.view) return events;
    const { detail = null, text = null, tasks } = step.view.describe?.((output ?? {}) as never) ?? {};
    const said = text === null ? null : text.slice(0, maxStepCharacters).toWellFormed();
    events.push(this.#show(number, step, { state: 'done', detail, text: said, tasks, durationMs }));
    return events;
  }

  #noteFound(output: unknown): void {
    if (!this.#mode.citesGiven) return;
    for (const passage of passagesOf(output)) {
      const place = placeOf(passage);
      if (place !== undefined && this.#found.size < maxFound) this.#found.set(place, passage);
    }
  }

  /** The passages that a step which writes the answer was given, as the run's searches found them. What else it was given cannot be cited. */
  #sourcesGiven(part: AnswerPart, input: unknown): ModeEvent[] {
    const { sources } = (input ?? {}) as { sources?: unknown };
    // What goes below an answer leaves the numbers in it as they are.
    if (!Array.isArray(sources) || (part === 'amend' && this.#hasGiven)) return [];
    const found = sources.map((source) => this.#found.get(placeOf(source) ?? ''));
    const known = found.filter((passage) => passage !== undefined);
    if (known.length < found.length) return [];
    this.#hasGiven = true;
    return asSources(known);
  }

  /** Once: a loop may search a thousand times. */
  #noticeOfWithheld(output: unknown): ModeEvent[] {
    const what = withheldFrom(output) ?? withheldFrom((output as { result?: unknown } | null)?.result);
    if (what === undefined || this.#withheld.has(what)) return [];
    this.#withheld.add(what);
    return [{ type: 'notice', notice: withheldNotices[what] }];
  }

  #failed(number: number, step: SeenStep, { error, durationMs }: StepFacts): ModeEvent[] {
    const events: ModeEvent[] = this.#answer.undo(number);
    const { view } = step;
    // What a hidden step lacked is lacking because of another one.
    if (error && (view || !this.#lastFailure)) this.#lastFailure = error;
    if (!view) return events;
    const detail = error && coded(error.code, error.detail);
    events.push(this.#show(number, step, { state: 'failed', detail, durationMs }));
    if (error && view.without !== undefined)
      events.push({ type: 'notice', notice: withoutStep(step.nodeId, view.without, error) });
    return events;
  }

  #stepWrote({ number, text }: { number: number; text: string }): ModeEvent[] {
    const step = this.#steps.get(number);
    if (step?.part !== undefined) return this.#answer.write(number, step.part, text);
    if (!step?.view?.speaks) return [];
    const more = text.slice(0, maxStepCharacters - step.said);
    if (more === '') return [];
    step.said += more.length;
    return [{ type: 'step_text', id: idOf(number), text: more }];
  }

  async #ended({ status, error }: RunEnd): Promise<ModeEvent[]> {
    const events: ModeEvent[] = [];
    if (status === 'succeeded' && this.#mode.answersByOutput && this.#answer.isEmpty)
      events.push(...this.#answer.set(answerOf(await this.#runs.output(this.#runId))));
    // What went wrong first says more than what was missing because of it.
    const failure = status === 'failed' ? (this.#lastFailure ?? error) : null;
    return [...events, { type: 'end', status, error: failure, usage: { ...this.#usage } }];
  }

  #show(
    number: number,
    { nodeId, view }: SeenStep,
    now: {
      state: Step['state'];
      detail?: CodedText | string | null;
      text?: string | null;
      tasks?: Step['tasks'] | undefined;
      durationMs?: number | null;
    },
  ): ModeEvent {
    const { state, detail = null, text = null, tasks, durationMs = null } = now;
    const { kind = 'prompt', title = '', titleCode } = view ?? {};
    const step = { id: idOf(number), kind, title, state, ...detailOf(detail), text, approval_id: null };
    const more = { ...(titleCode ? { title_code: titleCode } : {}), ...(tasks?.length ? { tasks } : {}) };
    return { type: 'step', step: { ...step, ...more, node_id: nodeId, duration_ms: durationMs } };
  }

  #showApproval(
    number: number,
    { nodeId }: SeenStep,
    { id, title }: { id: string; title: string },
    state: Step['state'],
    detail: CodedText,
  ): ModeEvent {
    const { path = '', nodeId: node_id = nodeId } = this.#place ?? {};
    const shown = { id: `a${path}${number}`, kind: 'approval' as const, title, state, ...detail };
    return { type: 'step', step: { ...shown, text: null, approval_id: id, node_id, duration_ms: null } };
  }
}

const nothingShown: ShownMode = { sources: [], views: {} };

const searchTypes = new Set(['retrieve', 'web_search', 'tool', 'chosen_tool']);

const withheldNotices: Record<Withheld['withheld'], CodedText> = {
  documents: coded(
    'chat_modes.documents_withheld',
    'The workflow was to search documents that you did not choose for this question. It went on without them.',
  ),
  web: coded(
    'chat_modes.web_withheld',
    'The workflow was to search the web, which is not switched on for this question. It went on without it.',
  ),
};

const outcomes: Record<string, CodedText> = {
  approved: coded('approved', 'approved'),
  rejected: coded('not_approved', 'not approved'),
  expired: coded('not_approved_in_time', 'not approved in time'),
  cancelled: coded('no_longer_needed', 'no longer needed'),
};

/** A detail as a step has it; a name says itself. */
function detailOf(detail: CodedText | string | null): Pick<Step, 'detail' | 'code' | 'params'> {
  return typeof detail === 'object' && detail !== null ? detail : { detail, code: null, params: {} };
}

/** What the answer goes without because a step failed. */
function withoutStep(nodeId: string, without: string, error: { code: string; detail: string }): CodedText {
  const params = { step: nodeId, ...reason(error) };
  return coded('chat_modes.step_failed', `${without} ${error.detail}`, params);
}

const idOf = (number: number): string => `s${number}`;

function textOf(output: unknown): string {
  if (typeof output === 'string') return output;
  const { text } = (output ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : '';
}

/** The output of a run as a text for a person: what it says, or the value itself. */
function answerOf(output: unknown): string {
  if (output === null || output === undefined) return '';
  if (typeof output === 'string') return output;
  const { text, answer } = output as { text?: unknown; answer?: unknown };
  if (typeof text === 'string') return text;
  if (typeof answer === 'string') return answer;
  return `\`\`\`json\n${JSON.stringify(output, null, 2)}\n\`\`\``;
}

type Passage = FoundPassage & { page?: number | null };

interface Found {
  passages?: Passage[];
  items?: Passage[];
}

function passagesOf(output: unknown): Passage[] {
  const { passages, items } = (output ?? {}) as Found;
  return passages ?? items ?? [];
}

/** The part of a document, or the place on a page, that a passage is. */
function placeOf(passage: unknown): string | undefined {
  const { chunk_id: chunk, web, start } = (passage ?? {}) as Partial<Passage>;
  if (typeof chunk === 'string') return chunk;
  return typeof web?.url === 'string' ? `${web.url} ${start}` : undefined;
}

function sourcesOf(output: unknown): ModeEvent[] {
  const found = passagesOf(output);
  return found.length > 0 ? asSources(found) : [];
}

function asSources(found: readonly Passage[]): ModeEvent[] {
  const passages = found.map(({ page = null, ...rest }) => ({ ...rest, page_start: page }));
  return [{ type: 'sources', passages }];
}
