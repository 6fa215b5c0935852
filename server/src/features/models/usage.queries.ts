import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import type { Role } from '../../platform/http/route.ts';
import type { UsageEntry } from '../../platform/models/index.ts';
import type { AdminUsageRow, Quota, QuotaBody, UsageRow } from './usage.schemas.ts';

/** Adds one call to the figures of its day. `day` is in UTC, as `2026-01-31`. */
export async function addUsage(db: Queryable, entry: UsageEntry, day: string): Promise<void> {
  await sql`
    insert into model_usage as u (user_id, day, slot, provider_id, provider_name, model, calls, failed_calls,
      estimated_calls, prompt_tokens, completion_tokens, duration_ms)
    select ${entry.userId}::uuid, ${day}::date, ${entry.slot}, ${entry.providerId}::uuid, ${entry.providerName},
      ${entry.model}, 1, ${entry.failed ? 1 : 0}, ${entry.estimated ? 1 : 0}, ${entry.promptTokens},
      ${entry.completionTokens}, ${entry.durationMs}
    where ${entry.userId}::uuid is null or exists (select from users where id = ${entry.userId}::uuid)
    on conflict on constraint model_usage_key do update set provider_name = excluded.provider_name,
      calls = u.calls + 1, failed_calls = u.failed_calls + excluded.failed_calls,
      estimated_calls = u.estimated_calls + excluded.estimated_calls,
      prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = u.completion_tokens + excluded.completion_tokens,
      duration_ms = u.duration_ms + excluded.duration_ms`.execute(db);
}

const figures = sql`calls, failed_calls, estimated_calls, prompt_tokens, completion_tokens, duration_ms`;

/** A person's use since a day, newest first. */
export async function listOwnUsage(db: Queryable, userId: string, since: string): Promise<UsageRow[]> {
  const { rows } = await sql<UsageRow>`
    select to_char(day, 'YYYY-MM-DD') as day, slot, provider_name, model, ${figures} from model_usage
    where user_id = ${userId} and day >= ${since}::date order by day desc, slot, model limit 5000`.execute(
    db,
  );
  return rows;
}

/** Everybody's use since a day, or one person's: for administrators. */
export async function unscopedListUsage(
  db: Queryable,
  { userId, since }: { userId: string | undefined; since: string },
): Promise<AdminUsageRow[]> {
  const { rows } = await sql<AdminUsageRow>`
    select to_char(m.day, 'YYYY-MM-DD') as day, m.slot, m.provider_name, m.model, m.user_id,
      coalesce(u.display_name, u.email) as person, ${figures}
    from model_usage m left join users u on u.id = m.user_id
    where m.day >= ${since}::date and (${userId ?? null}::uuid is null or m.user_id = ${userId ?? null}::uuid)
    order by m.day desc, person, m.slot, m.model limit 5000`.execute(db);
  return rows;
}

export interface QuotaState {
  tokens_per_day: number | null;
  tokens_per_month: number | null;
  used_today: number;
  used_this_month: number;
}

/** What a person has used and may use; their own quota replaces that of their role. */
export async function findQuotaState(
  db: Queryable,
  userId: string,
  { today, month }: { today: string; month: string },
): Promise<QuotaState> {
  const { rows } = await sql<QuotaState>`
    select q.tokens_per_day, q.tokens_per_month,
      coalesce(sum(m.prompt_tokens + m.completion_tokens) filter (where m.day = ${today}::date), 0)::bigint as used_today,
      coalesce(sum(m.prompt_tokens + m.completion_tokens), 0)::bigint as used_this_month
    from users u
    left join lateral (
      select tokens_per_day, tokens_per_month from model_quotas
      where user_id = u.id or role = u.role order by user_id nulls last limit 1) q on true
    left join model_usage m on m.user_id = u.id and m.day >= ${month}::date
    where u.id = ${userId} group by 1, 2`.execute(db);
  return rows[0] ?? { tokens_per_day: null, tokens_per_month: null, used_today: 0, used_this_month: 0 };
}

const quotaColumns = sql`q.role, q.user_id, coalesce(u.display_name, u.email) as person, q.tokens_per_day, q.tokens_per_month`;

export async function listQuotas(db: Queryable): Promise<Quota[]> {
  const { rows } = await sql<Quota>`
    select ${quotaColumns} from model_quotas q left join users u on u.id = q.user_id
    order by q.role nulls last, person, q.id limit 1000`.execute(db);
  return rows;
}

/** Whose quota it is: a role's or a person's. */
export type QuotaOwner = { role: Role; userId: null } | { role: null; userId: string };

/** Answers `undefined` when there is no such person. */
export async function saveQuota(
  db: Queryable,
  owner: QuotaOwner,
  limits: QuotaBody,
): Promise<Quota | undefined> {
  const { rows } = await sql<Quota>`
    with q as (
      insert into model_quotas (role, user_id, tokens_per_day, tokens_per_month)
      select ${owner.role}, ${owner.userId}::uuid, ${limits.tokens_per_day}::bigint, ${limits.tokens_per_month}::bigint
      where ${owner.userId}::uuid is null or exists (select from users where id = ${owner.userId}::uuid)
      on conflict on constraint model_quotas_key do update set tokens_per_day = excluded.tokens_per_day,
        tokens_per_month = excluded.tokens_per_month, updated_at = now()
      returning *)
    select ${quotaColumns} from q left join users u on u.id = q.user_id`.execute(db);
  return rows[0];
}

export async function deleteQuota(db: Queryable, owner: QuotaOwner): Promise<void> {
  await sql`
    delete from model_quotas where role is not distinct from ${owner.role}
      and user_id is not distinct from ${owner.userId}::uuid`.execute(db);
}
