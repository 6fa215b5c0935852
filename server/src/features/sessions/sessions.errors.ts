import { defineError } from '../../platform/errors.ts';

export const SessionRequired = defineError(
  'auth.session_required',
  401,
  'Sign in first',
  'This needs a sign-in.',
);
export const SessionExpired = defineError(
  'auth.session_expired',
  401,
  'Sign-in has ended',
  'This sign-in has expired or was ended. Sign in again.',
);
export const RefreshRequired = defineError(
  'auth.refresh_required',
  401,
  'No refresh token',
  'There is no refresh token to renew a sign-in with.',
);
export const RefreshSuperseded = defineError(
  'auth.refresh_superseded',
  401,
  'Refresh token was used already',
  'Another request has renewed this sign-in already; its cookies are the ones that count.',
);
export const SessionNotFound = defineError(
  'sessions.not_found',
  404,
  'Session not found',
  'There is no such session among yours.',
);
export const StepUpRequired = defineError(
  'auth.step_up_required',
  403,
  'Confirm that it is you',
  'This is sensitive: confirm once more who you are, then repeat it.',
);
export const EnrolmentRequired = defineError(
  'auth.enrolment_required',
  403,
  'Second factor required',
  'Set up a second factor first: it is required here, and this sign-in can do nothing else until then.',
);
export const PasswordChangeRequired = defineError(
  'auth.password_change_required',
  403,
  'New password required',
  'Choose a new password first: this sign-in can do nothing else until then.',
);

const csrf = (code: string, title: string, detail: string) => defineError(code, 403, title, detail);
export const CsrfMissingHeader = csrf(
  'csrf_missing_header',
  'CSRF header missing',
  'The header X-CSRF-TOKEN is missing. Get a token from GET /api/v1/auth/csrf-token.',
);
export const CsrfMissingCookie = csrf(
  'csrf_missing_cookie',
  'CSRF cookie missing',
  'The CSRF cookie is missing. Get a token from GET /api/v1/auth/csrf-token and keep its cookie.',
);
export const CsrfMismatch = csrf(
  'csrf_mismatch',
  'CSRF cookie and header disagree',
  'The CSRF cookie does not belong to the sign-in of the header. Get a new token.',
);
export const CsrfExpired = csrf(
  'csrf_expired',
  'CSRF token expired',
  'The CSRF token is too old. Get a new one.',
);
export const CsrfBadSignature = csrf(
  'csrf_bad_signature',
  'CSRF token not genuine',
  'The CSRF token was not made by this server, or its key is gone. Get a new one.',
);
export const CsrfBadOrigin = csrf(
  'csrf_bad_origin',
  'Request from another site',
  'The request does not come from a page of this server. Whoever runs it: PUBLIC_URL must be the address that people type.',
);
export const CsrfWrongSession = csrf(
  'csrf_wrong_session',
  'CSRF token of another sign-in',
  'The CSRF token belongs to another sign-in. Get a new one.',
);
