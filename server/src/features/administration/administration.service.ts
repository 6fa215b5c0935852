import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import { ProblemError, ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import {
  AccountNotFound,
  type AccountsService,
  type AccountWithPassword,
  mayAdminister,
  mayGiveRole,
  RankTooLow,
} from '../accounts/index.ts';
import {
  type AuditEntry,
  type AuditTrail,
  type ClientFacts,
  type Executor,
  storable,
} from '../audit/index.ts';
import type { NoticeKind, SecurityNotices } from '../notices/index.ts';
import type { SessionsService } from '../sessions/index.ts';
import { SessionUnknown } from './administration.errors.ts';
import {
  demandPasswordChange,
  findPerson,
  findSessionOwner,
  listPeople,
  listPeoplesSessions,
  updatePerson,
} from './administration.queries.ts';
import type { PeopleFilter, PersonChange, SessionsFilter } from './administration.schemas.ts';
import { readIdCursor, toPage, toPerson, toPersonDetails, toPersonSession } from './administration.views.ts';

const defaultLimit = 50;

export interface AdministrationOptions {
  db: Database;
  accounts: AccountsService;
  sessions: SessionsService;
  audit: AuditTrail;
  notices: SecurityNotices;
  /** Removes what the features of second factors keep of a person; each in the caller's transaction. */
  factorResets: readonly ((trx: Executor, userId: string) => Promise<void>)[];
  labelOf: (userAgent: string) => string;
  /** Ends of accounts, after the grace period. */
  deletions: {
    scheduleWithin(trx: DatabaseTransaction, target: AccountWithPassword, requestedBy: string): Promise<Date>;
    wake(): void;
  };
}

export type AdministrationService = ReturnType<typeof createAdministrationService>;

/** What one action does to the person whose account is locked. */
interface Effect {
  entries: Pick<AuditEntry, 'action' | 'details'>[];
  /** Why their sessions end; nothing where they stay. */
  endSessions?: string;
  notice?: { kind: NoticeKind; facts?: Record<string, string> };
}

type Action = (trx: DatabaseTransaction, target: AccountWithPassword) => Promise<Effect>;

/** Administrators and people: each action by rank (S12), recorded, told to the person, and in force at once (S19). */
export function createAdministrationService(options: AdministrationOptions) {
  const { db } = options;
  const act = (actor: Actor, userId: string, attempted: string, client: ClientFacts, action: Action) =>
    actOn(options, { actor, userId, attempted, client }, action);
  const getPerson = async (actor: Actor, userId: string) => {
    const person = await findPerson(db, userId);
    if (!person) throw AccountNotFound.with();
    const sessions = await listPeoplesSessions(db, { userId, after: undefined, limit: defaultLimit });
    return toPersonDetails(person, sessions, actor, options.labelOf);
  };

  return {
    async list({ search, role, status, cursor, limit = defaultLimit }: PeopleFilter) {
      const after = readIdCursor(cursor);
      const rows = await listPeople(db, { search, role, status, after, limit: limit + 1 });
      return toPage(rows, limit, toPerson);
    },

    /** Throws `accounts.not_found`. */
    get: getPerson,

    /** Throws `accounts.not_found`, `auth.forbidden`, `validation_failed`. */
    async change(actor: Actor, userId: string, change: PersonChange, client: ClientFacts) {
      await act(actor, userId, 'account.changed', client, (trx, target) =>
        applyChange(trx, actor, target, change),
      );
      return getPerson(actor, userId);
    },

    /** Ends all sessions of a person; returns how many. Throws `accounts.not_found`, `auth.forbidden`. */
    endSessions: (actor: Actor, userId: string, client: ClientFacts): Promise<number> =>
      act(actor, userId, 'account.sessions_ended', client, async () => ({
        entries: [{ action: 'account.sessions_ended' }],
        endSessions: 'ended_by_administrator',
        notice: { kind: 'sessions_ended' },
      })),

    /** Throws `accounts.not_found`, `auth.forbidden`. All their sessions end. */
    resetFactors: (actor: Actor, userId: string, client: ClientFacts): Promise<number> =>
      act(actor, userId, 'account.factors_reset', client, async (trx, target) => {
        for (const reset of options.factorResets) await reset(trx, target.id);
        return {
          entries: [
            { action: 'account.factors_reset', details: { factors: target.secondFactors.join('+') } },
          ],
          endSessions: 'factors_reset',
          notice: { kind: 'factors_reset' },
        };
      }),

    /** Throws `accounts.not_found`, `auth.forbidden`. All their sessions end; the next one can do nothing else. */
    requirePasswordChange: (actor: Actor, userId: string, client: ClientFacts): Promise<number> =>
      act(actor, userId, 'account.password_change_required', client, async (trx, target) => {
        await demandPasswordChange(trx, target.id);
        return {
          entries: [{ action: 'account.password_change_required' }],
          endSessions: 'password_change_required',
          notice: { kind: 'sessions_ended', facts: { reason: 'password_change_required' } },
        };
      }),

    /** Answers when it happens; until then the person can take it back. Throws `accounts.not_found`, `auth.forbidden`. */
    async scheduleDeletion(actor: Actor, userId: string, client: ClientFacts): Promise<Date> {
      let dueAt = new Date(0);
      await act(actor, userId, 'account.deletion_scheduled', client, async (trx, target) => {
        dueAt = await options.deletions.scheduleWithin(trx, target, actor.userId);
        return {
          entries: [{ action: 'account.deletion_scheduled' }],
          notice: { kind: 'account_deletion_scheduled', facts: { date: dueAt.toISOString() } },
        };
      });
      options.deletions.wake();
      return dueAt;
    },

    async listSessions(actor: Actor, { user_id, cursor, limit = defaultLimit }: SessionsFilter) {
      const after = readIdCursor(cursor);
      const rows = await listPeoplesSessions(db, { userId: user_id, after, limit: limit + 1 });
      return toPage(rows, limit, (row) => toPersonSession(row, actor, options.labelOf));
    },

    /** Throws `administration.session_not_found`, `auth.forbidden`. */
    async endSession(actor: Actor, sessionId: string, client: ClientFacts): Promise<void> {
      const owner = await findSessionOwner(db, sessionId);
      if (owner === undefined) throw SessionUnknown.with();
      await endOne(options, { actor, userId: owner, attempted: 'session.ended', client }, sessionId);
    },
  };
}

export interface Attempt {
  actor: Actor;
  userId: string;
  /** What is recorded when it is refused. */
  attempted: string;
  client: ClientFacts;
}

/** Returns how many sessions ended. */
async function actOn(options: AdministrationOptions, attempt: Attempt, action: Action): Promise<number> {
  const { db, sessions, accounts, audit, notices } = options;
  const { actor, userId, client } = attempt;
  const ended = await recordRefusal(options, attempt, () =>
    db.transaction().execute(async (trx) => {
      const target = await lockTarget(accounts, trx, actor, userId);
      const effect = await action(trx, target);
      const gone =
        effect.endSessions === undefined
          ? []
          : await sessions.endWithin(trx, { owner: userId }, effect.endSessions);
      for (const { action: name, details } of effect.entries)
        await audit.record(trx, {
          ...entryOf(actor, userId, client),
          action: name,
          outcome: 'success',
          details: { ...details, ...(effect.endSessions ? { ended_sessions: gone.length } : {}) },
        });
      if (effect.notice) await notices.send(trx, userId, { facts: {}, ...effect.notice });
      return gone.map((session) => session.id);
    }),
  );
  sessions.announceEnded(ended);
  accounts.announceChanged(userId);
  return ended.length;
}

async function endOne(options: AdministrationOptions, attempt: Attempt, sessionId: string): Promise<void> {
  const { db, sessions, accounts, audit, notices } = options;
  const { actor, userId, client } = attempt;
  await recordRefusal(options, attempt, () =>
    db.transaction().execute(async (trx) => {
      await lockTarget(accounts, trx, actor, userId);
      const gone = await sessions.endWithin(
        trx,
        { ids: [sessionId], owner: userId },
        'ended_by_administrator',
      );
      if (gone.length === 0) throw SessionUnknown.with();
      await audit.record(trx, {
        ...entryOf(actor, userId, client),
        action: 'session.ended',
        outcome: 'success',
        details: { reason: 'ended_by_administrator', session: sessionId },
      });
      await notices.send(trx, userId, { kind: 'sessions_ended', facts: {} });
    }),
  );
  sessions.announceEnded([sessionId]);
}

/** Nobody else changes the person meanwhile. Throws `accounts.not_found`, `auth.forbidden`. */
async function lockTarget(
  accounts: AccountsService,
  trx: Executor,
  actor: Actor,
  userId: string,
): Promise<AccountWithPassword> {
  const target = await accounts.lock(trx, userId);
  if (!target) throw AccountNotFound.with();
  if (!mayAdminister(actor.role, target.role))
    throw RankTooLow.with({
      detail: 'Nobody may act on an account of equal or higher rank.',
      reason: 'rank',
    });
  return target;
}

/** Attempts beyond one's rank are evidence too. */
export async function recordRefusal<Result>(
  options: Pick<AdministrationOptions, 'audit' | 'db'>,
  attempt: Omit<Attempt, 'userId'> & { userId?: string },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError && error.code === RankTooLow.code)
      await options.audit.record(options.db, {
        ...entryOf(attempt.actor, attempt.userId, attempt.client),
        action: attempt.attempted,
        outcome: 'failure',
        code: error.code,
      });
    throw error;
  }
}

export function entryOf(actor: Actor, subjectId: string | undefined, client: ClientFacts) {
  return {
    actorId: actor.userId,
    subjectId,
    sessionId: actor.sessionId,
    personal: { address: client.address, userAgent: client.userAgent },
  };
}

async function applyChange(
  trx: DatabaseTransaction,
  actor: Actor,
  target: AccountWithPassword,
  change: PersonChange,
): Promise<Effect> {
  const role = change.role === target.role ? undefined : change.role;
  const status = change.status === target.status ? undefined : change.status;
  const displayName = change.display_name === undefined ? undefined : storable(change.display_name, 100);
  if (displayName === '')
    throw ValidationFailed.with({ errors: [{ field: 'display_name', detail: 'is empty', reason: 'empty' }] });
  if (role !== undefined && !mayGiveRole(actor.role, target.role, role))
    throw RankTooLow.with({
      detail: 'Nobody may give a role of their own rank or a higher one.',
      reason: 'give_rank',
    });
  await updatePerson(trx, target.id, {
    ...(displayName === undefined ? {} : { displayName }),
    ...(role === undefined ? {} : { role }),
    ...(status === undefined ? {} : { status }),
  });
  const entries: Effect['entries'] = [
    ...(displayName === undefined || displayName === target.displayName
      ? []
      : [{ action: 'account.renamed' }]),
    ...(role === undefined
      ? []
      : [{ action: 'account.role_changed', details: { from: target.role, to: role } }]),
    ...(status === undefined
      ? []
      : [{ action: 'account.status_changed', details: { from: target.status, to: status } }]),
  ];
  const notice = noticeOf(target, role, status);
  return {
    entries,
    ...(role === undefined && status === undefined ? {} : { endSessions: 'standing_changed' }),
    ...(notice ? { notice } : {}),
  };
}

function noticeOf(
  target: AccountWithPassword,
  role: string | undefined,
  status: string | undefined,
): Effect['notice'] {
  if (status === 'suspended' || status === 'deactivated') return { kind: 'account_suspended' };
  if (status === 'active' && target.status === 'pending') return { kind: 'account_approved' };
  return role === undefined ? undefined : { kind: 'role_changed', facts: { from: target.role, to: role } };
}
