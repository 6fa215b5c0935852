export type { AccessClaims } from './access-claims.ts';
export { type ApiKeyState, type ApiKeyStates, ScopeMissing } from './api-key-admission.ts';
export { createLegacyTokenReader, type LegacySignIns } from './legacy-token.ts';
export type { RenewedSession } from './renew-session.ts';
export { csrfHeader, stepUpSeconds } from './request-guard.ts';
export { scopeOfRoute } from './route-scope.ts';
export { DeliveredTokens, type SessionDelivery, SessionLifetime } from './session-delivery.ts';
export {
  type SessionState,
  type SessionStates,
  type SessionsChanged,
  sessionsChangedTopic,
} from './session-state.ts';
export type { SessionTokens } from './session-tokens.ts';
export {
  EnrolmentRequired,
  PasswordChangeRequired,
  SessionExpired,
  SessionNotFound,
  SessionRequired,
  StepUpRequired,
} from './sessions.errors.ts';
export { createSessions, type Sessions, type SessionsOptions } from './sessions.feature.ts';
export type { EndedSession, SessionsToEnd } from './sessions.queries.ts';
export type { SessionLimits, SessionsService } from './sessions.service.ts';
export { labelOfUserAgent } from './user-agent-label.ts';
