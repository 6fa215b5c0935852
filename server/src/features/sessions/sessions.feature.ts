import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Feature } from '../../platform/feature.ts';
import { type CookieSite, type Cookies, createCookies } from '../../platform/http/cookies.ts';
import type { RequestGuard } from '../../platform/http/guard.ts';
import type { OriginSite } from '../../platform/http/origin.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import type { AccountsService } from '../accounts/index.ts';
import type { AuditTrail } from '../audit/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import { createAccessTokens } from './access-token.ts';
import type { ApiKeyStates } from './api-key-admission.ts';
import { createCsrfTokens } from './csrf.ts';
import type { LegacySignIns, LegacyTokenReader } from './legacy-token.ts';
import { createRequestGuard } from './request-guard.ts';
import { createSessionDelivery, type SessionDelivery } from './session-delivery.ts';
import { createSessionStates, type SessionStates } from './session-state.ts';
import { sessionsPersonalData } from './sessions.personal.ts';
import { removeOldSessions, touchSessions } from './sessions.queries.ts';
import { sessionRoutes } from './sessions.routes.ts';
import { createSessionsService, type SessionLimits, type SessionsService } from './sessions.service.ts';

export interface SessionsOptions {
  db: Database;
  bus: EventBus;
  keys: KeyRing;
  log: Logger;
  clock: () => Date;
  accounts: AccountsService;
  audit: AuditTrail;
  policies: PoliciesService;
  limits: SessionLimits & { csrfSeconds: number };
  site: CookieSite & OriginSite;
  apiKeys: ApiKeyStates;
  /** Where tokens of older systems are accepted. */
  legacy?: { tokenReader: LegacyTokenReader | undefined; signIns: LegacySignIns } | undefined;
}

export interface Sessions {
  feature: Feature;
  guard: RequestGuard;
  service: SessionsService;
  /** The live sessions, for connections that outlast a request. */
  states: SessionStates;
  delivery: SessionDelivery;
  cookies: Cookies;
}

const activityFlushMs = 60_000;
const housekeepingMs = 3_600_000;
const keepEndedSessionsDays = 30;

/** Sessions as a feature: the guard chain of all routes, their own routes, and their upkeep. */
export function createSessions(options: SessionsOptions): Sessions {
  const { db, bus, keys, log, limits } = options;
  const now = (): number => options.clock().getTime();
  const cookies = createCookies(options.site);
  const tokens = createAccessTokens({ keys, now, legacy: options.legacy?.tokenReader });
  const csrf = createCsrfTokens({ keys, lifetimeSeconds: limits.csrfSeconds, now });
  const states = createSessionStates({ db, bus, now });
  const service = createSessionsService({ ...options, tokens, now });
  const delivery = createSessionDelivery({ cookies, tokens, csrf, csrfSeconds: limits.csrfSeconds, now });
  const guard = createRequestGuard({
    cookies,
    site: options.site,
    tokens,
    states,
    apiKeys: options.apiKeys,
    legacy: options.legacy?.signIns,
    csrf,
    csrfSeconds: limits.csrfSeconds,
    now,
  });
  const upkeep = createUpkeep(log, [
    {
      name: 'sessions.activity',
      everyMs: activityFlushMs,
      run: async () => {
        const active = states.takeActive();
        if (active.length > 0) await touchSessions(db, active);
      },
    },
    {
      name: 'sessions.remove-old',
      everyMs: housekeepingMs,
      run: () => removeOldSessions(db, keepEndedSessionsDays),
    },
  ]);
  return {
    guard,
    service,
    states,
    delivery,
    cookies,
    feature: {
      personal: [sessionsPersonalData(db)],
      routes: sessionRoutes({
        sessions: service,
        accounts: options.accounts,
        policies: options.policies,
        delivery,
        tokens,
        cookies,
      }),
      async start() {
        upkeep.start();
      },
      async stop() {
        await upkeep.stop();
        states.close();
      },
    },
  };
}
