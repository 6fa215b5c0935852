import { validate as isUuid } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../../platform/http/route.ts';
import { type ModelLedger, QuotaExceeded, type UsageEntry } from '../../platform/models/index.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { ModelsForbidden, QuotaPersonNotFound } from './models.errors.ts';
import { canChangeModels } from './models.policy.ts';
import * as queries from './usage.queries.ts';
import type { AdminUsageRow, OwnUsage, Quota, QuotaBody } from './usage.schemas.ts';

export interface UsageService {
  /** The actor's own use of the last days and what they may use. */
  own(actor: Actor, days: number): Promise<OwnUsage>;
  all(actor: Actor, options: { days: number; userId: string | undefined }): Promise<AdminUsageRow[]>;
  quotas(actor: Actor): Promise<Quota[]>;
  setQuota(actor: Actor, owner: queries.QuotaOwner, limits: QuotaBody): Promise<Quota>;
  removeQuota(actor: Actor, owner: queries.QuotaOwner): Promise<void>;
}

/** Verbs on what models were used for. A person sees their own; the rest is for administrators. */
export function createUsageService(deps: { db: Database; clock: () => Date }): UsageService {
  const { db, clock } = deps;
  const since = (days: number): string => isoDay(new Date(clock().getTime() - (days - 1) * dayMs));
  return {
    async own(actor, days) {
      const calendar = calendarOf(clock());
      const [items, state] = await Promise.all([
        queries.listOwnUsage(db, actor.userId, since(days)),
        queries.findQuotaState(db, actor.userId, calendar),
      ]);
      const used = (count: number, limit: number | null, resetsAt: Date) => ({
        used: count,
        limit,
        resets_at: resetsAt.toISOString(),
      });
      return {
        items,
        quota: {
          day: used(state.used_today, state.tokens_per_day, calendar.tomorrow),
          month: used(state.used_this_month, state.tokens_per_month, calendar.nextMonth),
        },
      };
    },
    async all(actor, { days, userId }) {
      authorize(actor);
      if (userId !== undefined && !isUuid(userId)) return [];
      return queries.unscopedListUsage(db, { userId, since: since(days) });
    },
    async quotas(actor) {
      authorize(actor);
      return queries.listQuotas(db);
    },
    async setQuota(actor, owner, limits) {
      authorize(actor);
      const isKnowable = owner.userId === null || isUuid(owner.userId);
      const quota = isKnowable ? await queries.saveQuota(db, owner, limits) : undefined;
      if (!quota) throw QuotaPersonNotFound.with();
      return quota;
    },
    async removeQuota(actor, owner) {
      authorize(actor);
      if (owner.userId === null || isUuid(owner.userId)) await queries.deleteQuota(db, owner);
    },
  };
}

function authorize(actor: Actor): void {
  if (!canChangeModels(actor)) throw ModelsForbidden.with();
}

/** Entries that could not be stored; more than that, and the oldest are given up. */
const maxUnstored = 1_000;

/**
 * Keeps the gateway's books. Each call is stored when it ends, before its last event is passed on: a crash afterwards
 * cannot lose it. While the database is away entries wait in memory for the next that can be stored.
 */
export function createModelLedger(deps: { db: Database; clock: () => Date; log: Logger }): ModelLedger {
  const { db, clock, log } = deps;
  /** Tokens of calls under way by person, so that many at once do not get past a quota. */
  const reserved = new Map<string, number>();
  const unstored: { entry: UsageEntry; day: string }[] = [];
  const reserve = (userId: string, tokens: number): void => {
    const sum = (reserved.get(userId) ?? 0) + tokens;
    if (sum > 0) reserved.set(userId, sum);
    else reserved.delete(userId);
  };
  return {
    async admit({ userId, promptTokens }) {
      const calendar = calendarOf(clock());
      const state = await queries.findQuotaState(db, userId, calendar);
      refuseBeyond(state, { calendar, underWay: (reserved.get(userId) ?? 0) + promptTokens });
      reserve(userId, promptTokens);
      return () => reserve(userId, -promptTokens);
    },
    async record(entry) {
      unstored.push({ entry, day: isoDay(clock()) });
      if (unstored.length > maxUnstored) unstored.shift();
      for (const next of unstored.splice(0)) {
        try {
          await queries.addUsage(db, next.entry, next.day);
        } catch (error) {
          unstored.push(next);
          log.warn({ err: error, waiting: unstored.length }, 'the use of a model could not be stored yet');
        }
      }
    },
  };
}

function refuseBeyond(
  state: queries.QuotaState,
  { calendar, underWay }: { calendar: Calendar; underWay: number },
): void {
  const { tokens_per_day: perDay, tokens_per_month: perMonth } = state;
  if (perMonth !== null && state.used_this_month + underWay > perMonth)
    throw exceeded('month', perMonth, calendar.nextMonth, calendar.now);
  if (perDay !== null && state.used_today + underWay > perDay)
    throw exceeded('day', perDay, calendar.tomorrow, calendar.now);
}

function exceeded(period: 'day' | 'month', limit: number, resetsAt: Date, now: Date): Error {
  return QuotaExceeded.with({
    detail: `This request does not fit into your ${limit} tokens per ${period} any more. The count starts again at ${resetsAt.toISOString()}.`,
    reason: period,
    params: { limit, resets_at: resetsAt.toISOString() },
    retryAfterSeconds: Math.ceil((resetsAt.getTime() - now.getTime()) / 1_000),
  });
}

const dayMs = 24 * 60 * 60_000;

interface Calendar {
  now: Date;
  today: string;
  month: string;
  tomorrow: Date;
  nextMonth: Date;
}

/** Days and months are those of UTC, so that they begin for everybody at once. */
function calendarOf(now: Date): Calendar {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return {
    now,
    today: isoDay(now),
    month: isoDay(new Date(Date.UTC(year, month, 1))),
    tomorrow: new Date(Date.UTC(year, month, day + 1)),
    nextMonth: new Date(Date.UTC(year, month + 1, 1)),
  };
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
