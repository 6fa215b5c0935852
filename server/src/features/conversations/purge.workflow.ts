import { Type } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import { defineWorkflow, type WorkflowRegistration } from '../../platform/durable/workflow-engine.ts';
import { purgeConversation } from './conversations.queries.ts';

export const purgeWorkflowName = 'conversations.purge';

/** Waits until the deletion can no longer be undone, then erases, unless it was taken back or made anew meanwhile. */
export function purgeWorkflow(options: { db: Database; undoWindowMs: number }): WorkflowRegistration {
  // Longer than the window, so that an undo in its last moment finds the conversation.
  const waitMs = options.undoWindowMs + 2_000;
  return defineWorkflow<{ conversationId: string; deletedAt: string }>({
    name: purgeWorkflowName,
    input: Type.Object(
      { conversationId: Type.String(), deletedAt: Type.String() },
      { additionalProperties: false },
    ),
    dispatch: 'immediate',
    async run(context, { conversationId, deletedAt }) {
      await context.sleep(waitMs);
      return { purged: await purgeConversation(options.db, conversationId, deletedAt) };
    },
  });
}
