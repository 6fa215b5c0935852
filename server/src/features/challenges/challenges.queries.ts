import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

/** A proof that is under way. */
export interface Challenge {
  userId: string | undefined;
  data: Record<string, unknown>;
  attempts: number;
  expiresAt: Date;
}

export interface ChallengeKeyRow {
  tokenHash: Buffer;
  purpose: string;
  bindingHash: Buffer | null;
}

interface Row {
  user_id: string | null;
  data: Record<string, unknown>;
  attempts: number;
  expires_at: Date;
}

const columns = sql`user_id, data, attempts, expires_at`;

/** A challenge that was begun without binding (by a program) is known by its text alone. */
function matching({ tokenHash, purpose, bindingHash }: ChallengeKeyRow) {
  return sql`token_hash = ${tokenHash} and purpose = ${purpose} and expires_at > now()
    and (binding_hash is null or binding_hash = ${bindingHash}::bytea)`;
}

function toChallenge(row: Row | undefined): Challenge | undefined {
  return (
    row && {
      userId: row.user_id ?? undefined,
      data: row.data,
      attempts: row.attempts,
      expiresAt: row.expires_at,
    }
  );
}

export async function insertChallenge(
  executor: Executor,
  row: ChallengeKeyRow & {
    userId: string | undefined;
    data: Record<string, unknown>;
    lifetimeSeconds: number;
  },
): Promise<Date> {
  const { rows } = await sql<{ expires_at: Date }>`
    insert into challenges (token_hash, purpose, user_id, binding_hash, data, expires_at)
    values (${row.tokenHash}, ${row.purpose}, ${row.userId ?? null}, ${row.bindingHash}, ${JSON.stringify(row.data)},
      now() + ${row.lifetimeSeconds} * interval '1 second')
    returning expires_at`.execute(executor);
  if (!rows[0]) throw new Error('A challenge was not stored.');
  return rows[0].expires_at;
}

export async function findChallenge(
  executor: Executor,
  key: ChallengeKeyRow,
): Promise<Challenge | undefined> {
  const { rows } = await sql<Row>`select ${columns} from challenges where ${matching(key)}`.execute(executor);
  return toChallenge(rows[0]);
}

export async function consumeChallenge(
  executor: Executor,
  key: ChallengeKeyRow,
): Promise<Challenge | undefined> {
  const { rows } = await sql<Row>`delete from challenges where ${matching(key)} returning ${columns}`.execute(
    executor,
  );
  return toChallenge(rows[0]);
}

export async function countChallengeAttempt(
  executor: Executor,
  key: ChallengeKeyRow,
  limit: number,
): Promise<Challenge | undefined> {
  const { rows } = await sql<Row>`
    update challenges set attempts = attempts + 1 where ${matching(key)} and attempts < ${limit}
    returning ${columns}`.execute(executor);
  if (rows[0]) return toChallenge(rows[0]);
  await sql`delete from challenges where ${matching(key)} and attempts >= ${limit}`.execute(executor);
  return undefined;
}

export async function amendChallenge(
  executor: Executor,
  key: ChallengeKeyRow,
  data: Record<string, unknown>,
): Promise<Challenge | undefined> {
  const { rows } = await sql<Row>`
    update challenges set data = data || ${JSON.stringify(data)}::jsonb where ${matching(key)}
    returning ${columns}`.execute(executor);
  return toChallenge(rows[0]);
}

export async function removeOldChallenges(executor: Executor): Promise<void> {
  await sql`delete from challenges where expires_at < now()`.execute(executor);
}
