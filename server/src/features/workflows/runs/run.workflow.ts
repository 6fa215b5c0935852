import { Type } from 'typebox';
import {
  defineWorkflow,
  type WorkflowContext,
  type WorkflowRegistration,
} from '../../../platform/durable/workflow-engine.ts';
import { isProblem } from '../../../platform/errors.ts';
import { StreamFenced } from '../../../platform/events/event-log.ts';
import { createFairQueue } from '../../../platform/models/fair-queue.ts';
import { type MachineParts, RunMachine } from './run-machine.ts';
import { createGraphSource, type GraphSource, takeRun, unscopedFindEnding } from './run-store.ts';
import { pokeTopic, runWorkflowName } from './wake-run.ts';

const heartbeatMs = 5_000;
/** Runs at work at once in a process; the people whose runs wait take turns. */
const maxRunning = 32;

interface SegmentInput {
  runId: string;
  segmentId: string;
  /** Not of segments that were started long ago. */
  ownerId?: string;
}

const closed = { additionalProperties: false };
/** Most runs have ended by then, and nobody need hear of them. */
const handOverAfterMs = 1_000;

/**
 * The durable run that carries a workflow's run for a while: until it ends, or rests because it only waits. It records
 * no steps of its own: the run's steps are rows, written by the attempt that has the run's stream, so that one that was
 * killed is continued where it was and two never write the same run.
 */
export function runWorkflow(parts: MachineParts): WorkflowRegistration {
  const graphOf = createGraphSource();
  const places = createFairQueue({ maxRunning, maxWaiting: 1_000_000 });
  return defineWorkflow<SegmentInput>({
    name: runWorkflowName,
    input: Type.Object(
      { runId: Type.String(), segmentId: Type.String(), ownerId: Type.Optional(Type.String()) },
      closed,
    ),
    dispatch: 'immediate',
    repeatable: true,
    handOverAfterMs,
    async run(context, input) {
      const ownerId = input.ownerId ?? (await unscopedFindEnding(parts.db, input.runId))?.owner_id;
      if (ownerId === undefined) return { outcome: 'gone' };
      const leave = await places.enter(ownerId, context.signal);
      try {
        return { outcome: await carry(parts, graphOf, context, input) };
      } catch (error) {
        // Ended, erased, or another attempt has it.
        if (isProblem(error, StreamFenced)) return { outcome: 'taken over' };
        throw error;
      } finally {
        leave();
      }
    },
  });
}

async function carry(
  parts: MachineParts,
  graphOf: GraphSource,
  context: WorkflowContext,
  input: SegmentInput,
): Promise<string> {
  const { eventLog, bus } = parts;
  const { runId } = input;
  const stop = new AbortController();
  const lost = new AbortController();
  let poke = Promise.withResolvers<void>();
  // Watching before asking: what happens in between is in one of the two.
  const unwatch = eventLog.onStop(runId, () => stop.abort());
  const unsubscribe = bus.subscribe(pokeTopic(runId), () => poke.resolve());
  let heart: NodeJS.Timeout | undefined;
  try {
    const taken = await takeRun(parts.db, input, graphOf);
    if (!taken) return 'superseded';
    const { task, attempt, lastSeq } = taken;
    eventLog.announce(runId, [{ seq: lastSeq, type: 'run', data: { status: 'running', attempt } }]);
    parts.userFeed.changed(task.owner_id, 'run', runId);
    if (taken.stopRequested) stop.abort();
    heart = setInterval(() => void beat(), heartbeatMs);
    const beat = async (): Promise<void> => {
      try {
        if ((await eventLog.heartbeat(runId, attempt)).stopRequested) stop.abort();
        // A word that was lost on the way delays a run, it never stops it.
        poke.resolve();
      } catch (error) {
        if (isProblem(error, StreamFenced)) lost.abort(error);
        else parts.log.warn({ err: error, runId }, 'heartbeat of a run failed');
      }
    };
    const poked = (): Promise<void> => {
      const { promise } = poke;
      return promise.then(() => {
        poke = Promise.withResolvers<void>();
      });
    };
    const reins = { attempt, shutdown: context.signal, stop, lost: lost.signal, poked };
    return await new RunMachine(parts, taken, reins).run();
  } finally {
    clearInterval(heart);
    unwatch();
    unsubscribe();
  }
}
