import { sql } from 'kysely';
import type { Queryable } from '../../../platform/database/database.ts';

/** Something that may start a workflow or wake a step that waits for it. */
export interface WorkflowEvent {
  /** `document.ready` */
  name: string;
  title: string;
  /** When it happens, and which facts come with it. */
  description: string;
}

export const eventNamePattern = '^[a-z][a-z0-9_]*(\\.[a-z0-9_]+)+$';

/** What the database notes by itself; other features add theirs. */
export const notedEvents: readonly WorkflowEvent[] = [
  {
    name: 'document.ready',
    title: 'Document ready',
    description: 'A document can be searched. Facts: document_id, name, collection_id, kind.',
  },
  {
    name: 'generation.ended',
    title: 'Answer finished',
    description:
      'An answer in a conversation ended. Facts: generation_id, conversation_id, message_id, status.',
  },
  {
    name: 'run.ended',
    title: 'Run ended',
    description: 'A run of a workflow ended. Facts: run_id, workflow_id, status.',
  },
];

/**
 * Notes what happened to something of a person, in the transaction in which it happened, so that it starts workflows
 * exactly when it is true. Costs next to nothing where nobody waits for it.
 */
export async function noteWorkflowEvent(
  trx: Queryable,
  event: { ownerId: string; name: string; facts: Record<string, unknown> },
): Promise<void> {
  await sql`select note_workflow_event(${event.ownerId}, ${event.name}, ${JSON.stringify(event.facts)}::jsonb)`.execute(
    trx,
  );
}
