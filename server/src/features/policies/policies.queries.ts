import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';
import type { SecurityPolicyChange } from './policies.schemas.ts';

/** What was decided, without what still has the default of the code. */
export interface PolicyRow {
  policy: SecurityPolicyChange;
  version: number;
  updated_at: Date;
  updated_by: string | null;
}

const columns = sql`policy, version, updated_at, updated_by`;

export async function findPolicyRow(executor: Executor): Promise<PolicyRow | undefined> {
  const { rows } = await sql<PolicyRow>`select ${columns} from security_policies`.execute(executor);
  return rows[0];
}

/** The row, made when there is none yet, so that two first changes wait for each other too. */
export async function lockPolicyRow(executor: Executor): Promise<PolicyRow> {
  await sql`insert into security_policies (policy, version) values ('{}', 0) on conflict do nothing`.execute(
    executor,
  );
  const { rows } = await sql<PolicyRow>`select ${columns} from security_policies for update`.execute(
    executor,
  );
  if (!rows[0]) throw new Error('The policy row is missing.');
  return rows[0];
}

export async function storePolicy(
  executor: Executor,
  policy: SecurityPolicyChange,
  updatedBy: string,
): Promise<PolicyRow> {
  const { rows } = await sql<PolicyRow>`
    update security_policies set policy = ${JSON.stringify(policy)}::jsonb, version = version + 1, updated_at = now(),
      updated_by = ${updatedBy}
    returning ${columns}`.execute(executor);
  if (!rows[0]) throw new Error('The policy row is missing.');
  return rows[0];
}
