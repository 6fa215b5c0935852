import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import { type SessionsChanged, sessionsChangedTopic } from './session-state.ts';
import { hashOf, type SessionTokens, type TokenOptions, toTokens } from './session-tokens.ts';
import { SessionExpired } from './sessions.errors.ts';
import { renewSession } from './sessions.queries.ts';

/** Tokens of a session that goes on under a new id, and until when sensitive routes are open. */
export interface RenewedSession {
  tokens: SessionTokens;
  steppedUpAt: Date;
}

export interface RenewalOptions extends TokenOptions {
  db: Database;
  bus: EventBus;
  audit: AuditTrail;
  limits: TokenOptions['limits'] & { refreshTokenSeconds: number };
}

/** Ends a session and opens its successor, in one statement (S20). Throws `auth.session_expired`. */
export async function renew(
  options: RenewalOptions,
  actor: Actor,
  factor: string,
  client: ClientFacts,
): Promise<RenewedSession> {
  const { db, bus, audit, limits } = options;
  const refreshToken = randomBytes(32).toString('base64url');
  const renewed = await renewSession(
    db,
    {
      sessionId: actor.sessionId,
      owner: actor.userId,
      nextId: uuidv7(),
      factor,
      refreshHash: hashOf(refreshToken),
      idleSeconds: limits.refreshTokenSeconds,
      client,
    },
    audit.expressions(
      {
        action: 'step_up',
        outcome: 'success',
        actorId: actor.userId,
        subjectId: actor.userId,
        sessionId: sql`session.session_id`,
        deviceId: sql`session.device_id`,
        factor,
        personal: { address: client.address, userAgent: client.userAgent },
      },
      sql`session`,
    ),
  );
  if (!renewed) throw SessionExpired.with();
  bus.publish(sessionsChangedTopic, { session_ids: [actor.sessionId] } satisfies SessionsChanged);
  return {
    tokens: toTokens(options, renewed, refreshToken, renewed.delivery),
    steppedUpAt: renewed.steppedUpAt,
  };
}
