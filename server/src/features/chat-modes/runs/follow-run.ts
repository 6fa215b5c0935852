import type { ModeEvent } from '../../conversations/index.ts';
import type { AnswerRuns, RunService } from '../../workflows/index.ts';
import type { RunStepEvent, RunView } from './run-view.ts';

/** Of one answer: a loop may start thousands. What others ask is in the inbox. */
const maxSubRuns = 200;

type Batch = readonly { type: string; data: unknown }[];

interface Source {
  runId: string;
  view: RunView;
  batches: AsyncIterator<Batch>;
}

interface Arrival {
  source: Source;
  /** `undefined` at the end. */
  batch: Batch | undefined;
}

export interface FollowParts {
  answerRuns: Pick<AnswerRuns, 'child' | 'definition'>;
  runs: Pick<RunService, 'unscopedFollow'>;
}

/** What a run and the sub-workflows under it say of the answer, until the run ends or the signal. */
export async function* followRun(
  { answerRuns, runs }: FollowParts,
  runId: string,
  view: RunView,
  signal: AbortSignal,
): AsyncGenerator<ModeEvent> {
  const over = new AbortController();
  const watched = AbortSignal.any([signal, over.signal]);
  const sources = new Set<Source>();
  /** Sub-workflows of steps that wait for them, by run and number of the step; one after the other where it was retried. */
  const children = new Map<string, { begun: number; running: Source | undefined }>();
  const arrivals: Arrival[] = [];
  let failure: { error: unknown } | undefined;
  let arrived = Promise.withResolvers<void>();
  let subRuns = 0;

  const pull = (source: Source): void => {
    source.batches
      .next()
      .then(
        ({ done, value }) => arrivals.push({ source, batch: done ? undefined : value }),
        (error: unknown) => {
          failure ??= { error };
        },
      )
      .finally(() => arrived.resolve());
  };
  const begin = (id: string, shown: RunView): Source => {
    const batches = runs.unscopedFollow(id, watched)[Symbol.asyncIterator]();
    const source = { runId: id, view: shown, batches };
    sources.add(source);
    pull(source);
    return source;
  };
  /** The next that came, of any run or of this one alone. */
  const take = async (only?: Source): Promise<Arrival> => {
    for (;;) {
      if (failure) throw failure.error;
      const index = arrivals.findIndex(({ source }) => only === undefined || source === only);
      const [arrival] = index < 0 ? [] : arrivals.splice(index, 1);
      if (arrival) return arrival;
      arrived = Promise.withResolvers<void>();
      await arrived.promise;
    }
  };

  async function* show({ source, batch }: Arrival): AsyncGenerator<ModeEvent> {
    if (!batch) {
      sources.delete(source);
      return;
    }
    for (const { type, data } of batch) {
      if (type === 'step') yield* finishChild(source, data as RunStepEvent);
      yield* await source.view.apply(type, data);
      if (type === 'step') await beginChild(source, data as RunStepEvent);
    }
    pull(source);
  }
  async function beginChild({ runId: id, view: above }: Source, step: RunStepEvent): Promise<void> {
    if (step.status !== 'waiting' || step.waits_for !== 'child' || subRuns >= maxSubRuns) return;
    const key = `${id} ${step.number}`;
    const { begun } = children.get(key) ?? { begun: 0 };
    const child = await answerRuns.child(id, step.number, begun);
    const definition = child && (await answerRuns.definition(child));
    if (!definition) return;
    subRuns += 1;
    const running = begin(child, above.below(child, step, definition));
    children.set(key, { begun: begun + 1, running });
  }
  /** A step that goes on has what its sub-workflow brought: all that this said comes first, whoever is read faster. */
  async function* finishChild(
    { runId: id }: Source,
    { number, status }: RunStepEvent,
  ): AsyncGenerator<ModeEvent> {
    const child = children.get(`${id} ${number}`);
    if (!child?.running || !goesOn.has(status)) return;
    const { running } = child;
    child.running = undefined;
    while (sources.has(running)) yield* show(await take(running));
  }

  const root = begin(runId, view);
  try {
    while (sources.has(root)) yield* show(await take());
  } finally {
    over.abort();
  }
}

const goesOn = new Set(['running', 'succeeded', 'failed']);
