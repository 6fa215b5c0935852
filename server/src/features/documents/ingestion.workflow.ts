import { Type } from 'typebox';
import {
  defineWorkflow,
  type WorkflowContext,
  type WorkflowRegistration,
} from '../../platform/durable/workflow-engine.ts';
import { ProblemError } from '../../platform/errors.ts';
import { IngestionFailed } from './documents.errors.ts';
import { type IngestInput, ingestWorkflowName } from './documents.workflows.ts';
import { advanceState, type IngestionFence, setProgress } from './ingestion.queries.ts';
import type { IngestionDependencies, StepOutcome } from './ingestion.types.ts';
import { createTextExtraction } from './text-extraction.ts';

const perProcess = 2;
const stepAttempts = 3;

/**
 * Reads one uploaded document: extract (pages and chunks), index, embed, ready. Each step may be repeated; after a
 * crash the run goes on at the step it was in. A document never stays between states: it ends ready or failed.
 */
export function ingestionWorkflow(dependencies: IngestionDependencies): WorkflowRegistration {
  const steps = createSteps(dependencies);
  return defineWorkflow<IngestInput>({
    name: ingestWorkflowName,
    input: Type.Object(
      { document_id: Type.String(), ingest_id: Type.String() },
      { additionalProperties: false },
    ),
    dispatch: { queue: ingestWorkflowName, perProcess },
    async run(context, input) {
      const fence = { documentId: input.document_id, ingestId: input.ingest_id };
      try {
        return await runSteps(context, fence, steps);
      } catch (error) {
        if (context.signal.aborted) throw error;
        dependencies.log.error({ err: error, documentId: fence.documentId }, 'document could not be read');
        const { code, detail } = IngestionFailed;
        await context.step('fail-unexpectedly', () => steps.fail(fence, { code, detail }));
        return { state: 'failed', code };
      }
    },
  });
}

async function runSteps(
  context: WorkflowContext,
  fence: IngestionFence,
  steps: IngestionSteps,
): Promise<unknown> {
  for (const name of ['extract', 'index', 'embed'] as const) {
    const outcome = await untilUninterrupted(context, name, () => steps[name](fence, context.signal));
    if (outcome.result === 'gone') return { state: 'gone' };
    if (outcome.result === 'failed') {
      await context.step('fail', () => steps.fail(fence, outcome));
      return { state: 'failed', code: outcome.code };
    }
    if (name === 'embed') await context.step('finish', () => steps.finish(fence, outcome));
  }
  return { state: 'ready' };
}

/**
 * A recorded error would be thrown again when the run is resumed, so a step that this process cuts short records that
 * it was interrupted, and the process that resumes the run begins it anew.
 */
async function untilUninterrupted(
  context: WorkflowContext,
  name: string,
  work: () => Promise<StepOutcome>,
): Promise<StepOutcome> {
  for (;;) {
    const outcome = await context.step(name, work, { maxAttempts: stepAttempts, retryDelaySeconds: 1 });
    if (outcome.result !== 'interrupted') return outcome;
    context.signal.throwIfAborted();
  }
}

type StepFunction = (fence: IngestionFence, signal: AbortSignal) => Promise<StepOutcome>;

interface IngestionSteps {
  extract: StepFunction;
  index: StepFunction;
  embed: StepFunction;
  finish(fence: IngestionFence, outcome: StepOutcome): Promise<StepOutcome>;
  fail(fence: IngestionFence, error: { code: string; detail: string }): Promise<StepOutcome>;
}

function createSteps(dependencies: IngestionDependencies): IngestionSteps {
  const { db, indexer, userFeed, log } = dependencies;
  const announce = (ownerId: string | undefined, fence: IngestionFence): StepOutcome => {
    if (ownerId === undefined) return { result: 'gone' };
    userFeed.changed(ownerId, 'document', fence.documentId);
    return { result: 'done' };
  };
  return {
    extract: createTextExtraction(dependencies),
    index: (fence) =>
      db.transaction().execute(async (trx) => {
        // First the row, then the index: the same order as deletion, so that the two never wait for each other.
        const outcome = announce(await advanceState(trx, fence, 'embedding'), fence);
        if (outcome.result === 'done') await indexer.indexChunks(trx, fence.documentId);
        return outcome;
      }),
    async embed(fence, signal) {
      try {
        await indexer.embedChunks(fence.documentId, signal, (progress) => setProgress(db, fence, progress));
        return { result: 'done' };
      } catch (error) {
        if (signal.aborted) return { result: 'interrupted' };
        if (!(error instanceof ProblemError)) throw error;
        // Words find the document already; meaning can be added when the model answers again.
        log.warn({ err: error, documentId: fence.documentId }, 'document was not embedded');
        return {
          result: 'done',
          warning: `Search by meaning does not cover this document yet: ${error.detail}`,
        };
      }
    },
    async finish(fence, outcome) {
      const warning = outcome.result === 'done' && outcome.warning ? { warning: outcome.warning } : {};
      return announce(await advanceState(db, fence, 'ready', warning), fence);
    },
    fail: async (fence, { code, detail }) =>
      announce(await advanceState(db, fence, 'failed', { error: { code, detail } }), fence),
  };
}
