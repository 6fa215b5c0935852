import { Type } from 'typebox';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import {
  defineWorkflow,
  type WorkflowEngine,
  type WorkflowRegistration,
} from '../../platform/durable/workflow-engine.ts';
import { embedDocument } from './vectors/embed-document.ts';
import type { Embedder } from './vectors/embedder.ts';
import { listDocumentsToEmbed } from './vectors/vector-queries.ts';

const workflowName = 'retrieval.embed-missing';
const documentsPerStep = 20;
const firstId = '00000000-0000-0000-0000-000000000000';

/**
 * Asks for vectors of the assigned model where a document lacks them; the work is done by any worker. Returns whether
 * there was anything to ask for. Throws the gateway's errors.
 */
export async function requestMissingVectors(options: {
  db: Database;
  embedder: Embedder;
  engine: WorkflowEngine;
}): Promise<boolean> {
  const { db, embedder, engine } = options;
  const model = await embedder.currentModel();
  if (model === undefined || (await listDocumentsToEmbed(db, model, firstId, 1)).length === 0) return false;
  await engine.start(db, { name: workflowName, workflowId: uuidv7(), input: {} });
  engine.wake();
  return true;
}

/** Computes in the background what the assigned embedding model has not embedded yet, document by document. */
export function embedMissingWorkflow(options: { db: Database; embedder: Embedder }): WorkflowRegistration {
  const { db, embedder } = options;
  return defineWorkflow<Record<string, never>>({
    name: workflowName,
    input: Type.Object({}, { additionalProperties: false }),
    dispatch: { queue: 'retrieval.embedding', perProcess: 1 },
    async run(context) {
      let embedded = 0;
      let after = firstId;
      for (;;) {
        const from = after;
        const documents = await context.step(`list-after-${from}`, async () => {
          const model = await embedder.currentModel();
          return model === undefined ? [] : listDocumentsToEmbed(db, model, from, documentsPerStep);
        });
        for (const documentId of documents) {
          const result = await context.step(
            `embed-${documentId}`,
            () => embedDocument({ db, embedder }, { documentId, signal: context.signal }),
            { maxAttempts: 4, retryDelaySeconds: 5 },
          );
          embedded += result.embedded;
          after = documentId;
        }
        if (documents.length === 0) return { embedded };
      }
    },
  });
}
