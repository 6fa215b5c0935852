import { sql } from 'kysely';
import type { Database } from '../../../platform/database/database.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import type { Definition } from '../definitions/definition.schemas.ts';
import type { ConversationChoice } from '../workflow-ports.ts';
import { type ApprovalStatus, type Failure, withWorkflowTables } from '../workflows.tables.ts';
import { type StartParts, startRun } from './start-run.ts';

/** A run that writes an answer of a conversation. */
export interface AnswerRunRequest {
  ownerId: string;
  workflowId: string;
  input: { question: string; history: object[] };
  /** The input has it too, as far as the workflow's schema takes it. */
  choice: ConversationChoice;
  answers: { conversationId: string; generationId: string };
}

/** What a step was given and what came of it. */
export interface StepFacts {
  node_id: string;
  input: unknown;
  output: unknown;
  error: Failure | null;
  tokens: { input: number; output: number };
  durationMs: number | null;
}

export type AnswerRuns = ReturnType<typeof createAnswerRuns>;

/** Runs behind answers, for the part of the program that writes those and acts for their owner. */
export function createAnswerRuns(parts: StartParts & { db: Database; userFeed: UserFeed }) {
  const { db, userFeed } = parts;

  const unscopedFind = async (generationId: string): Promise<string | undefined> => {
    const row = await withWorkflowTables(db)
      .selectFrom('workflow_runs')
      .select('id')
      .where('generation_id', '=', generationId)
      .executeTakeFirst();
    return row?.id;
  };

  return {
    /** Starts the run of an answer, or finds the one that was started before: there is exactly one. Returns its id. */
    async start(request: AnswerRunRequest): Promise<string> {
      const before = await unscopedFind(request.answers.generationId);
      if (before !== undefined) return before;
      const started = await startRun(db, parts, request);
      started?.after();
      const id = started?.id ?? (await unscopedFind(request.answers.generationId));
      if (id === undefined) throw new Error('The run of an answer was not stored.');
      userFeed.changed(request.ownerId, 'run', id);
      return id;
    },

    /** The run of an answer, whoever it belongs to. */
    unscopedFind,

    /** What a run carries out; `undefined` when it is gone. */
    async definition(runId: string): Promise<Definition | undefined> {
      const row = await withWorkflowTables(db)
        .selectFrom('workflow_runs as r')
        .innerJoin('workflow_versions as v', (join) =>
          join.onRef('v.workflow_id', '=', 'r.workflow_id').onRef('v.number', '=', 'r.version'),
        )
        .select('v.definition')
        .where('r.id', '=', runId)
        .executeTakeFirst();
      return row?.definition;
    },

    /** The sub-workflow that a step started at its nth time, from 0. */
    async child(runId: string, number: number, nth: number): Promise<string | undefined> {
      const row = await withWorkflowTables(db)
        .selectFrom('workflow_runs')
        .select('id')
        .where('parent_run_id', '=', runId)
        .where('parent_step', '=', number)
        .orderBy('id')
        .offset(nth)
        .limit(1)
        .executeTakeFirst();
      return row?.id;
    },

    /** What a run that has ended came to. */
    async output(runId: string): Promise<unknown> {
      const row = await withWorkflowTables(db)
        .selectFrom('workflow_runs')
        .select('output')
        .where('id', '=', runId)
        .executeTakeFirst();
      return row?.output ?? null;
    },

    async step(runId: string, number: number): Promise<StepFacts | undefined> {
      const row = await withWorkflowTables(db)
        .selectFrom('workflow_run_steps')
        .selectAll()
        .where('run_id', '=', runId)
        .where('number', '=', number)
        .executeTakeFirst();
      if (!row) return undefined;
      const { node_id, input, output, error, started_at: began, ended_at: ended } = row;
      const durationMs = began && ended ? ended.getTime() - began.getTime() : null;
      const tokens = { input: row.input_tokens, output: row.output_tokens };
      return { node_id, input, output, error, tokens, durationMs };
    },

    /** What a step asked a person last. */
    async approval(
      runId: string,
      number: number,
    ): Promise<{ id: string; title: string; status: ApprovalStatus } | undefined> {
      return withWorkflowTables(db)
        .selectFrom('workflow_approvals')
        .select(['id', 'title', 'status'])
        .where('run_id', '=', runId)
        .where('step', '=', number)
        .orderBy(sql`created_at desc`)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
    },
  };
}
