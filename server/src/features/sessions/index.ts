export { csrfHeader } from './request-guard.ts';
export { DeliveredTokens, type SessionDelivery, SessionLifetime } from './session-delivery.ts';
export { type SessionsChanged, sessionsChangedTopic } from './session-state.ts';
export { createSessions, type Sessions, type SessionsOptions } from './sessions.feature.ts';
export type { SessionLimits, SessionsService, SessionTokens } from './sessions.service.ts';
