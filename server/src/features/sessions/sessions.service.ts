import { createHash, createHmac, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Actor } from '../../platform/http/route.ts';
import { type Account, hasRank } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts, Executor } from '../audit/index.ts';
import type { AccessTokens } from './access-token.ts';
import { type SessionsChanged, sessionsChangedTopic } from './session-state.ts';
import { RefreshSuperseded, SessionExpired, SessionNotFound } from './sessions.errors.ts';
import {
  adoptVersion,
  endedForRoom,
  endSessions,
  explainRefreshToken,
  findOwnSession,
  insertSession,
  listLiveSessions,
  type NewSessionRow,
  type Rotation,
  rotateRefreshToken,
  type SessionCompanions,
  type SessionRow,
  type SessionSummary,
} from './sessions.queries.ts';

export interface SessionLimits {
  accessTokenSeconds: number;
  /** Idle life of a sign-in; each refresh begins it anew. */
  refreshTokenSeconds: number;
  sessionMaxSeconds: number;
  adminSessionMaxSeconds: number;
  maxSessionsPerUser: number;
}

/** Tokens of a session and the times they end. */
export interface SessionTokens {
  sessionId: string;
  accessToken: string;
  accessExpiresAt: Date;
  refreshToken: string;
  idleExpiresAt: Date;
  expiresAt: Date;
  delivery: 'cookie' | 'body';
}

export interface OpenSession {
  account: Account;
  delivery: 'cookie' | 'body';
  factors: string[];
  client: ClientFacts;
  companions: Pick<SessionCompanions, 'expressions' | 'deviceId'>;
}

/** A retry within this time gets the same successor (S21). */
const refreshGraceSeconds = 10;
const refreshTokenPattern = /^[\w-]{43}$/;

export type SessionsService = ReturnType<typeof createSessionsService>;

export interface SessionsServiceOptions {
  db: Database;
  bus: EventBus;
  keys: KeyRing;
  audit: AuditTrail;
  tokens: AccessTokens;
  limits: SessionLimits;
  now: () => number;
}

/** Sessions: opened at sign-in, renewed by refresh tokens, ended at once everywhere. */
export function createSessionsService(options: SessionsServiceOptions) {
  const { db, bus, keys, audit, limits } = options;
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
        expressions: input.companions.expressions,
        deviceId: input.companions.deviceId,
        audit: audit.expressions(
          {
            action: 'sign_in',
            outcome: 'success',
            actorId: account.id,
            subjectId: account.id,
            sessionId: id,
            deviceId: sql`session.device_id`,
            factor: input.factors.join('+'),
            details: sql`jsonb_build_object('ended_sessions', ${endedForRoom})`,
            personal: { address: client.address, userAgent: client.userAgent },
          },
          sql`session`,
        ),
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
      const successor = successorOf(refreshToken, keys.current('token-hash').bytes);
      const rotated = await rotateRefreshToken(
        db,
        { hash, successorHash: hashOf(successor), idleSeconds: limits.refreshTokenSeconds, client },
        audit.expressions(
          {
            action: 'session.refreshed',
            outcome: 'success',
            actorId: sql`touched.user_id`,
            subjectId: sql`touched.user_id`,
            sessionId: sql`touched.session_id`,
            deviceId: sql`touched.device_id`,
            factor: 'refresh_token',
            personal: { address: client.address, userAgent: client.userAgent },
          },
          sql`touched`,
        ),
      );
      if (rotated) return finish(rotated, successor, rotated.delivery);
      const repeated = await repeatRefresh(options, refreshToken, hash, client, announce);
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
    async keepOnly(trx: Executor, actor: Actor, version: number): Promise<string[]> {
      const ended = await endSessions(
        trx,
        { owner: actor.userId, except: actor.sessionId },
        'password_changed',
      );
      await adoptVersion(trx, actor.sessionId, version);
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
    keepSessions: limits.maxSessionsPerUser - 1,
    delivery,
    factors,
    idleSeconds: limits.refreshTokenSeconds,
    maxSeconds: hasRank(account.role, 'admin') ? limits.adminSessionMaxSeconds : limits.sessionMaxSeconds,
    refreshHash: hashOf(refreshToken),
    client,
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The successor follows from its parent and our key: a retry can be given the same one though only hashes are stored. */
function successorOf(token: string, key: Buffer): string {
  return createHmac('sha256', key).update(`refresh successor ${token}`).digest('base64url');
}

function toTokens(
  options: SessionsServiceOptions,
  rotation: Omit<Rotation, 'delivery'>,
  refreshToken: string,
  delivery: 'cookie' | 'body',
): SessionTokens {
  const accessExpiresAtMs = Math.min(
    options.now() + options.limits.accessTokenSeconds * 1000,
    rotation.expiresAt.getTime(),
  );
  return {
    sessionId: rotation.sessionId,
    accessToken: options.tokens.issue({
      userId: rotation.userId,
      sessionId: rotation.sessionId,
      version: rotation.version,
      expiresAtMs: accessExpiresAtMs,
    }),
    accessExpiresAt: new Date(Math.floor(accessExpiresAtMs / 1000) * 1000),
    refreshToken,
    idleExpiresAt: rotation.idleExpiresAt,
    expiresAt: rotation.expiresAt,
    delivery,
  };
}

async function repeatRefresh(
  options: SessionsServiceOptions,
  refreshToken: string,
  hash: Buffer,
  client: ClientFacts,
  announce: (ids: string[]) => void,
): Promise<{ rotation: Rotation; successor: string }> {
  const { db, keys, audit } = options;
  const found = await explainRefreshToken(db, hash, refreshGraceSeconds);
  if (!found?.alive || !found.used) throw SessionExpired.with();
  const { rotation, successorHash } = found;
  if (found.inGrace) {
    // The key may have been rotated between the two attempts.
    const successor = keys
      .all('token-hash')
      .map((key) => successorOf(refreshToken, key.bytes))
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
