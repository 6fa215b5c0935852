import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Actor, Restriction } from '../../platform/http/route.ts';
import { type Account, hasRank } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts, Executor } from '../audit/index.ts';
import { type PoliciesService, rolesWithDemand } from '../policies/index.ts';
import type { AccessTokens } from './access-token.ts';
import { type RenewedSession, renew } from './renew-session.ts';
import { type SessionsChanged, sessionsChangedTopic } from './session-state.ts';
import {
  createSuccessorOf,
  hashOf,
  type SessionTokens,
  type SuccessorOf,
  toTokens,
} from './session-tokens.ts';
import { RefreshSuperseded, SessionExpired, SessionNotFound } from './sessions.errors.ts';
import {
  adoptVersion,
  type EndedSession,
  endSessions,
  explainRefreshToken,
  findOwnSession,
  insertSession,
  liftSessionRestriction,
  listLiveSessions,
  type NewSessionRow,
  type Rotation,
  restrictSession,
  rotateRefreshToken,
  type SessionCompanions,
  type SessionRow,
  type SessionSummary,
  type SessionsToEnd,
} from './sessions.queries.ts';

export interface SessionLimits {
  accessTokenSeconds: number;
  /** Idle life of a sign-in; each refresh begins it anew. */
  refreshTokenSeconds: number;
  sessionMaxSeconds: number;
  adminSessionMaxSeconds: number;
  /** A retry with a used refresh token within this time gets the same successor (S21); 10 s by default. */
  refreshGraceSeconds?: number;
}

export interface OpenSession {
  account: Account;
  delivery: 'cookie' | 'body';
  factors: string[];
  client: ClientFacts;
  /** The least recently used ones beyond this many end (S22). */
  maxSessions: number;
  restriction: Restriction | undefined;
  /** A full set of factors was used: sensitive routes are open for five minutes (S9). */
  steppedUp: boolean;
  country: string | undefined;
  companions: Omit<SessionCompanions, 'audit'>;
}

const refreshTokenPattern = /^[\w-]{43}$/;

export type SessionsService = ReturnType<typeof createSessionsService>;

export interface SessionsServiceOptions {
  db: Database;
  bus: EventBus;
  keys: KeyRing;
  audit: AuditTrail;
  policies: PoliciesService;
  tokens: AccessTokens;
  limits: SessionLimits;
  now: () => number;
}

/** Sessions: opened at sign-in, renewed by refresh tokens, ended at once everywhere. */
export function createSessionsService(options: SessionsServiceOptions) {
  const { db, bus, keys, audit, limits } = options;
  const successorOf = createSuccessorOf(keys);
  const announce = (ids: string[]): void => {
    if (ids.length > 0) bus.publish(sessionsChangedTopic, { session_ids: ids } satisfies SessionsChanged);
  };
  const finish = (rotation: Omit<Rotation, 'delivery'>, refreshToken: string, delivery: 'cookie' | 'body') =>
    toTokens(options, rotation, refreshToken, delivery);

  return {
    /**
     * Opens a session with a new id (S20), with whatever belongs to it in the same statement. `undefined` when the
     * account changed since it was read. Call `announceEnded` with `evicted` after the commit.
     */
    async open(
      executor: Executor,
      input: OpenSession,
    ): Promise<{ tokens: SessionTokens; evicted: string[]; deviceId: string | undefined } | undefined> {
      const { account, client } = input;
      const id = uuidv7();
      const refreshToken = randomBytes(32).toString('base64url');
      const opened = await insertSession(executor, newSessionRow(input, id, refreshToken, limits), {
        ...input.companions,
        // Its ids, factor and outcome are filled in where the session is stored.
        audit: audit.pack({
          action: 'sign_in',
          outcome: 'success',
          factor: input.factors.join('+'),
          personal: { address: client.address, userAgent: client.userAgent },
        }),
      });
      if (!opened) return undefined;
      const rotation = {
        sessionId: id,
        userId: account.id,
        version: account.sessionVersion,
        ...opened.times,
      };
      const tokens = finish(rotation, refreshToken, input.delivery);
      return { tokens, evicted: opened.evicted, deviceId: opened.deviceId };
    },

    announceEnded: announce,

    /** Renews a sign-in. Throws `auth.session_expired`, `auth.refresh_superseded`. */
    async refresh(refreshToken: string, client: ClientFacts): Promise<SessionTokens> {
      if (!refreshTokenPattern.test(refreshToken)) throw SessionExpired.with();
      const hash = hashOf(refreshToken);
      const successor = successorOf(refreshToken, keys.current('token-hash'));
      const rotated = await rotateRefreshToken(
        db,
        {
          hash,
          successorHash: hashOf(successor),
          idleSeconds: limits.refreshTokenSeconds,
          client,
          demandedOf: rolesWithDemand(await options.policies.current()),
        },
        // Its ids are filled in where the token is consumed.
        audit.pack({
          action: 'session.refreshed',
          outcome: 'success',
          factor: 'refresh_token',
          personal: { address: client.address, userAgent: client.userAgent },
        }),
      );
      if (rotated?.restrictedNow) announce([rotated.sessionId]);
      if (rotated) return finish(rotated, successor, rotated.delivery);
      const repeated = await repeatRefresh({ ...options, successorOf }, refreshToken, hash, client, announce);
      return finish(repeated.rotation, repeated.successor, repeated.rotation.delivery);
    },

    /** Ends the session itself (sign-out). Nothing happens when it is dead already. */
    async end(
      session: { sessionId: string; userId: string },
      reason: string,
      client: ClientFacts,
    ): Promise<void> {
      const ended = await endAudited(
        options,
        { ids: [session.sessionId], owner: session.userId },
        reason,
        client,
        session.userId,
      );
      announce(ended);
    },

    /**
     * After a step-up: the session goes on under a new id with new tokens, and the former id is dead (S20).
     * Throws `auth.session_expired`.
     */
    renew: (actor: Actor, factor: string, client: ClientFacts): Promise<RenewedSession> =>
      renew(options, actor, factor, client),

    /**
     * Lifts what the actor's session was restricted to. Other sessions that wait for the same end: they have not shown
     * the factor that is there now.
     */
    async liftRestriction(actor: Actor, restriction: Restriction): Promise<void> {
      const ended = await db.transaction().execute(async (trx) => {
        await liftSessionRestriction(trx, actor.sessionId, restriction);
        const where = { owner: actor.userId, except: actor.sessionId, restriction };
        return endSessions(trx, where, 'restriction_lifted_elsewhere');
      });
      announce([actor.sessionId, ...ended.map((session) => session.id)]);
    },

    /** From now on the session can do one thing only. Call `announceEnded` with its id after the commit. */
    restrict: (
      executor: Executor,
      session: { sessionId: string; userId: string },
      restriction: Restriction,
    ): Promise<void> => restrictSession(executor, session, restriction),

    /** Ends sessions in the caller's transaction. Call `announceEnded` with their ids after the commit. */
    endWithin: (executor: Executor, where: SessionsToEnd, reason: string): Promise<EndedSession[]> =>
      endSessions(executor, where, reason),

    /** Ends one of the actor's own sessions. Throws `sessions.not_found` for anything else (S30). */
    async endOwn(actor: Actor, sessionId: string, client: ClientFacts): Promise<void> {
      const ended = await endAudited(
        options,
        { ids: [sessionId], owner: actor.userId },
        'ended_by_person',
        client,
        actor.userId,
      );
      if (ended.length === 0) throw SessionNotFound.with();
      announce(ended);
    },

    /** Ends all sessions of the actor but the one that asks; returns how many. */
    async endOthers(actor: Actor, client: ClientFacts): Promise<number> {
      const where = { owner: actor.userId, except: actor.sessionId };
      const ended = await endAudited(options, where, 'ended_by_person', client, actor.userId);
      announce(ended);
      return ended.length;
    },

    /** In the transaction of a password change: ends the others, keeps this one alive under the new version. */
    async keepOnly(
      trx: Executor,
      actor: Actor,
      version: number,
      restriction: Restriction | undefined,
    ): Promise<string[]> {
      const ended = await endSessions(
        trx,
        { owner: actor.userId, except: actor.sessionId },
        'password_changed',
      );
      await adoptVersion(trx, actor.sessionId, version, restriction);
      return [...ended.map((session) => session.id), actor.sessionId];
    },

    /** A new access token of a session whose version has changed. */
    async reissue(actor: Actor, version: number): Promise<{ accessToken: string; session: SessionSummary }> {
      const session = await findOwnSession(db, actor.userId, actor.sessionId);
      if (!session) throw SessionExpired.with();
      const tokens = finish(
        {
          sessionId: session.id,
          userId: actor.userId,
          version,
          idleExpiresAt: session.idle_expires_at,
          expiresAt: session.expires_at,
        },
        '',
        'cookie',
      );
      return { accessToken: tokens.accessToken, session };
    },

    list: (actor: Actor): Promise<SessionRow[]> => listLiveSessions(db, actor.userId),

    find: (actor: Actor): Promise<SessionSummary | undefined> =>
      findOwnSession(db, actor.userId, actor.sessionId),
  };
}

function newSessionRow(
  input: OpenSession,
  id: string,
  refreshToken: string,
  limits: SessionLimits,
): NewSessionRow {
  const { account, delivery, factors, client } = input;
  return {
    id,
    userId: account.id,
    userVersion: account.sessionVersion,
    keepSessions: input.maxSessions - 1,
    delivery,
    factors,
    idleSeconds: limits.refreshTokenSeconds,
    maxSeconds: hasRank(account.role, 'admin') ? limits.adminSessionMaxSeconds : limits.sessionMaxSeconds,
    refreshHash: hashOf(refreshToken),
    client,
    restriction: input.restriction,
    steppedUp: input.steppedUp,
    country: input.country,
  };
}

async function repeatRefresh(
  options: SessionsServiceOptions & { successorOf: SuccessorOf },
  refreshToken: string,
  hash: Buffer,
  client: ClientFacts,
  announce: (ids: string[]) => void,
): Promise<{ rotation: Rotation; successor: string }> {
  const { db, keys, audit, limits, successorOf } = options;
  const found = await explainRefreshToken(db, hash, limits.refreshGraceSeconds ?? 10);
  if (!found?.alive || !found.used) throw SessionExpired.with();
  const { rotation, successorHash } = found;
  if (found.inGrace) {
    // The key may have been rotated between the two attempts.
    const successor = keys
      .all('token-hash')
      .map((key) => successorOf(refreshToken, key))
      .find((candidate) => successorHash?.equals(hashOf(candidate)));
    if (found.successorUsed || successor === undefined) throw RefreshSuperseded.with();
    return { rotation, successor };
  }
  await db.transaction().execute(async (trx) => {
    await endSessions(trx, { ids: [rotation.sessionId] }, 'refresh_reuse');
    await audit.record(trx, {
      action: 'session.refresh_reused',
      outcome: 'failure',
      subjectId: rotation.userId,
      sessionId: rotation.sessionId,
      factor: 'refresh_token',
      code: SessionExpired.code,
      personal: { address: client.address, userAgent: client.userAgent },
    });
  });
  announce([rotation.sessionId]);
  throw SessionExpired.with({
    detail: 'This sign-in was ended because a used refresh token came back. Sign in again.',
    reason: 'token_reused',
  });
}

async function endAudited(
  options: SessionsServiceOptions,
  where: { ids?: string[]; owner: string; except?: string },
  reason: string,
  client: ClientFacts,
  actorId: string,
): Promise<string[]> {
  return options.db.transaction().execute(async (trx) => {
    const ended = await endSessions(trx, where, reason);
    for (const session of ended)
      await options.audit.record(trx, {
        action: 'session.ended',
        outcome: 'success',
        actorId,
        subjectId: session.userId,
        sessionId: session.id,
        details: { reason },
        personal: { address: client.address, userAgent: client.userAgent },
      });
    return ended.map((session) => session.id);
  });
}
