import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import { eraseInBatches, ownedRows, type PersonalData, readByKey } from '../../platform/personal-data.ts';

const eraseBatch = 20;

/** Workflows with their versions, triggers without secrets, runs with their steps, and approvals. */
export function workflowsPersonalData(db: Database): PersonalData[] {
  const owned = (name: string, table: string, about: string, columns: string[]): PersonalData =>
    ownedRows({ db, name, about, table, owner: 'owner_id', columns });
  return [
    {
      ...owned('workflows', 'workflows', 'Your workflows. Their drawings are in workflow-versions.json.', [
        ...[
          'id',
          'name',
          'description',
          'enabled',
          'version',
          'builtin',
          'sample',
          'created_at',
          'updated_at',
        ],
      ]),
      erase: ({ userId }) => eraseRuns(db, userId),
    },
    versions(db),
    owned('workflow-triggers', 'workflow_triggers', 'What starts your workflows.', [
      ...['id', 'workflow_id', 'kind', 'enabled', 'config', 'next_fire_at', 'last_fired_at', 'created_at'],
    ]),
    owned(
      'workflow-runs',
      'workflow_runs',
      'Runs of your workflows. Their steps are in workflow-steps.json.',
      [
        ...[
          'id',
          'workflow_id',
          'version',
          'status',
          'input',
          'output',
          'error',
          'used_steps',
          'used_tokens',
        ],
        ...['trigger_kind', 'trigger_name', 'conversation_choice', 'created_at', 'started_at', 'ended_at'],
      ],
    ),
    steps(db),
    owned('workflow-approvals', 'workflow_approvals', 'What your runs asked people to decide.', [
      ...['id', 'run_id', 'step', 'title', 'detail', 'data', 'status', 'comment', 'decided_at', 'created_at'],
    ]),
    owned('workflow-events', 'workflow_events', 'What is about to start workflows of yours.', [
      ...['id', 'event', 'data', 'created_at'],
    ]),
  ];
}

function versions(db: Database): PersonalData {
  const name = 'workflow-versions';
  return {
    name,
    about: 'Every version of your workflows, by workflow_id and number.',
    tables: ['workflow_versions'],
    read: (userId) =>
      readByKey(async (after: { id: string; number: number } | undefined, limit) => {
        const { rows } = await sql<{ workflow_id: string; number: number }>`
          select v.workflow_id, v.number, v.definition, v.created_at
          from workflow_versions v join workflows w on w.id = v.workflow_id
          where w.owner_id = ${userId}
            and (${after === undefined} or (v.workflow_id, v.number) > (${after?.id ?? null}::uuid, ${after?.number ?? 0}))
          order by v.workflow_id, v.number limit ${limit}`.execute(db);
        return rows.map((item) => ({ key: { id: item.workflow_id, number: item.number }, item }));
      }),
    count: (userId) => countOf(db, userId, 'workflow_versions v join workflows o on o.id = v.workflow_id'),
  };
}

function steps(db: Database): PersonalData {
  return {
    name: 'workflow-steps',
    about: 'What each step of your runs was given and what came out, by run_id and number.',
    tables: ['workflow_run_steps'],
    read: (userId) =>
      readByKey(async (after: { id: string; number: number } | undefined, limit) => {
        const { rows } = await sql<{ run_id: string; number: number }>`
          select s.run_id, s.number, s.node_id, s.status, s.attempt, s.input, s.output, s.port, s.error, s.input_tokens,
            s.output_tokens, s.started_at, s.ended_at
          from workflow_run_steps s join workflow_runs r on r.id = s.run_id
          where r.owner_id = ${userId}
            and (${after === undefined} or (s.run_id, s.number) > (${after?.id ?? null}::uuid, ${after?.number ?? 0}))
          order by s.run_id, s.number limit ${limit}`.execute(db);
        return rows.map((item) => ({ key: { id: item.run_id, number: item.number }, item }));
      }),
    count: (userId) => countOf(db, userId, 'workflow_run_steps s join workflow_runs o on o.id = s.run_id'),
  };
}

async function countOf(db: Database, userId: string, from: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${sql.raw(from)} where o.owner_id = ${userId}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Runs go a few at a time: one may have a hundred thousand steps. Their streams go with conversations' streams. */
async function eraseRuns(db: Database, userId: string): Promise<void> {
  await eraseInBatches(() =>
    sql`delete from streams where id in (
      select s.id from streams s where s.owner_id = ${userId} and s.kind = 'workflow-run' limit ${eraseBatch})`.execute(
      db,
    ),
  );
  await eraseInBatches(() =>
    sql`delete from workflow_runs where id in (
      select id from workflow_runs where owner_id = ${userId} limit ${eraseBatch})`.execute(db),
  );
}
