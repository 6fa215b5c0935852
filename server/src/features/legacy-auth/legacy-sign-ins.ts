import type { FastifyReply } from 'fastify';
import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import type { Role } from '../../platform/http/route.ts';
import { canonicalEmail } from '../accounts/index.ts';
import type { AuditTrail } from '../audit/index.ts';
import { demandsSecondFactor, type PoliciesService } from '../policies/index.ts';
import type { LegacySignIns, SessionLimits } from '../sessions/index.ts';
import { adoptedSession, adoptLegacySession } from './legacy-auth.queries.ts';

const roles: readonly Role[] = ['user', 'admin', 'superuser'];
/** When programs were first told to move on (RFC 9745), in seconds. */
const deprecatedSinceSeconds = 1_735_689_600;
const documentation =
  '</api/docs>; rel="deprecation"; type="text/html", </api/docs>; rel="sunset"; type="text/html"';

export interface LegacySignInsOptions {
  db: Database;
  audit: AuditTrail;
  policies: Pick<PoliciesService, 'current'>;
  limits: Pick<SessionLimits, 'sessionMaxSeconds' | 'adminSessionMaxSeconds'>;
  sunset: Date | undefined;
}

/** Lets tokens of older systems in as sessions, and says in each answer that this ends. */
export function createLegacySignIns(options: LegacySignInsOptions): LegacySignIns {
  const { db, audit, limits, sunset } = options;
  return {
    async adopt({ userId, sessionId, expiresAtMs, legacy }, client) {
      const email = canonicalEmail(legacy?.email ?? '');
      if (!legacy || email === undefined) return;
      const policy = await options.policies.current();
      const session = {
        id: sessionId,
        userId,
        canonicalEmail: email,
        issuedAt: new Date(legacy.issuedAtMs),
        expiresAt: new Date(expiresAtMs),
        roles: roles.filter((role) => !demandsSecondFactor(policy, role)),
        requireVerifiedEmail: policy.require_verified_email,
        maxSeconds: limits.sessionMaxSeconds,
        adminMaxSeconds: limits.adminSessionMaxSeconds,
        client,
      };
      const event = {
        action: 'sign_in',
        outcome: 'success' as const,
        actorId: sql`adopted.user_id`,
        subjectId: sql`adopted.user_id`,
        sessionId: sql`adopted.id`,
        factor: 'legacy_token',
        personal: { address: client.address, userAgent: client.userAgent },
      };
      await adoptLegacySession(db, session, audit.expressions(event, adoptedSession));
    },
    mark(reply: FastifyReply) {
      // RFC 9745 and RFC 8594.
      reply.header('deprecation', `@${deprecatedSinceSeconds}`).header('link', documentation);
      if (sunset) reply.header('sunset', sunset.toUTCString());
    },
  };
}
