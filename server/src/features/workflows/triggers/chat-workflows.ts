import { sql } from 'kysely';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import type { Definition, DefinitionProblem } from '../definitions/definition.schemas.ts';
import { type Mismatch, mismatches } from '../definitions/schema-subset.ts';
import { findVersion, findWorkflow, lockWorkflow } from '../definitions/workflows.queries.ts';
import { chatInput } from '../runs/chat-input.ts';
import type { ConversationChoice } from '../workflow-ports.ts';
import { ChatInputUnfit, ChatTriggerExists, ChatTriggerOff, WorkflowNotFound } from '../workflows.errors.ts';
import { withWorkflowTables } from '../workflows.tables.ts';

/** A workflow that answers in the chats of its owner. */
export interface ChatWorkflow {
  id: string;
  name: string;
  description: string;
  /** It has a step that asks whatever model is connected. */
  asksModel: boolean;
}

export type ChatWorkflows = ReturnType<typeof createChatWorkflows>;

const maxListed = 100;

/** Workflows with a trigger "chat" that is on, for the part of the program that answers. */
export function createChatWorkflows({
  db,
  validate,
}: {
  db: Database;
  validate(definition: Definition): DefinitionProblem[];
}) {
  return {
    /** Those that can run now, by name. */
    async list(ownerId: string): Promise<ChatWorkflow[]> {
      const rows = await withWorkflowTables(db)
        .selectFrom('workflow_triggers as t')
        .innerJoin('workflows as w', 'w.id', 't.workflow_id')
        .innerJoin('workflow_versions as v', (join) =>
          join.onRef('v.workflow_id', '=', 'w.id').onRef('v.number', '=', 'w.version'),
        )
        .select(['w.id', 'w.name', 'w.description', 'v.definition'])
        .where('t.owner_id', '=', ownerId)
        .where('t.kind', '=', 'chat')
        .where('t.enabled', '=', true)
        .where('w.enabled', '=', true)
        .orderBy(sql`lower(w.name)`)
        .orderBy('w.id')
        .limit(maxListed)
        .execute();
      return rows
        .filter(({ definition }) => validate(definition).length === 0 && misfits(definition).length === 0)
        .map(({ definition, ...rest }) => ({ ...rest, asksModel: asksModel(definition) }));
    },

    async isOwn(ownerId: string, workflowId: string): Promise<boolean> {
      return (await findWorkflow(db, ownerId, workflowId)) !== undefined;
    },

    /** Notes that it answers now. Throws `workflows.chat_trigger_off` when it no longer does. */
    async fire(ownerId: string, workflowId: string): Promise<void> {
      const result = await withWorkflowTables(db)
        .updateTable('workflow_triggers')
        .set({ last_fired_at: sql`now()` })
        .where('workflow_id', '=', workflowId)
        .where('owner_id', '=', ownerId)
        .where('kind', '=', 'chat')
        .where('enabled', '=', true)
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n) throw ChatTriggerOff.with();
    },
  };
}

/**
 * Makes sure that a workflow can answer in chats and that no other trigger makes it do so; it stays locked until the end
 * of the transaction. Throws `workflows.not_found`, `workflows.chat_trigger_exists`, `workflows.chat_input_unfit`.
 */
export async function assertReadyForChat(
  trx: Queryable,
  { ownerId, workflowId, triggerId }: { ownerId: string; workflowId: string; triggerId: string },
): Promise<void> {
  const workflow = await lockWorkflow(trx, ownerId, workflowId);
  const version = workflow && (await findVersion(trx, workflowId, workflow.version));
  if (!version) throw WorkflowNotFound.with();
  const other = await withWorkflowTables(trx)
    .selectFrom('workflow_triggers')
    .select('id')
    .where('workflow_id', '=', workflowId)
    .where('kind', '=', 'chat')
    .where('enabled', '=', true)
    .where('id', '!=', triggerId)
    .executeTakeFirst();
  if (other) throw ChatTriggerExists.with();
  const errors = misfits(version.definition).map(({ field, detail }) => ({
    field: `input.${field}`,
    detail,
  }));
  if (errors.length > 0) throw ChatInputUnfit.with({ errors });
}

const question = 'What is new?';
const history = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Good morning.' },
];

const id = '00000000-0000-7000-8000-000000000000';
const samples: [object, ConversationChoice][] = [
  [
    { question, history: [] },
    { scope: { kind: 'all' }, web_search: false, model: null },
  ],
  [
    { question, history },
    {
      scope: { kind: 'collection', collection_id: id },
      web_search: true,
      model: { provider_id: id, model: 'any' },
    },
  ],
];

/** What a workflow wants beyond what chats give; inputs as they give them are its test. */
function misfits({ input_schema: schema }: Definition): Mismatch[] {
  if (!schema) return [];
  for (const [asked, choice] of samples) {
    const found = mismatches(schema, chatInput(schema, asked, choice));
    if (found.length > 0) return found;
  }
  return [];
}

function asksModel({ nodes }: Definition): boolean {
  return nodes.some(({ type, config }) => type === 'prompt' && config?.model === undefined);
}
