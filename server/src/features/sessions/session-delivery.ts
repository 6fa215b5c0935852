import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { randomText } from '../../platform/crypto/random-text.ts';
import type { Cookies } from '../../platform/http/cookies.ts';
import type { AccessTokens } from './access-token.ts';
import type { CsrfTokens } from './csrf.ts';
import { readPresession } from './request-guard.ts';
import type { SessionTokens } from './session-tokens.ts';

export const SessionLifetime = Type.Object({
  id: Type.String({ format: 'uuid' }),
  expires_at: Type.String({ format: 'date-time' }),
  idle_expires_at: Type.String({ format: 'date-time' }),
});

/** What a program gets that asked for `"token_delivery":"body"`; browsers never see these. */
export const DeliveredTokens = {
  access_token: Type.Optional(Type.String()),
  refresh_token: Type.Optional(Type.String()),
  token_type: Type.Optional(Type.Literal('Bearer')),
  access_expires_at: Type.Optional(Type.String({ format: 'date-time' })),
};

export interface DeliveredSession {
  session: Static<typeof SessionLifetime>;
  csrf_token: string;
  access_expires_at: string;
  access_token?: string;
  refresh_token?: string;
  token_type?: 'Bearer';
}

export interface SessionDelivery {
  /** Hands tokens over the way their session was opened: as cookies, or in the body and then without any cookie. */
  deliver(reply: FastifyReply, tokens: SessionTokens): DeliveredSession;
  /** A new access cookie and CSRF token for a session that goes on; returns the CSRF token. */
  renewAccess(reply: FastifyReply, sessionId: string, accessToken: string, idleExpiresAt: Date): string;
  /** Makes the browser forget its sign-in. The device stays known. */
  forget(reply: FastifyReply): void;
  /** The id that what is begun now belongs to: the session's, else the pre-session's; programs may have none. */
  bindingOf(request: FastifyRequest): string | undefined;
  /** A CSRF token for the request's session, or for a pre-session that begins now. */
  issueCsrf(request: FastifyRequest, reply: FastifyReply): string;
}

/** All writing of session cookies is here. */
export function createSessionDelivery(options: {
  cookies: Cookies;
  tokens: AccessTokens;
  csrf: CsrfTokens;
  csrfSeconds: number;
  now: () => number;
}): SessionDelivery {
  const { cookies, csrf, csrfSeconds, now } = options;
  const issueFor = (reply: FastifyReply, bindingId: string): string => {
    const token = csrf.issue(bindingId);
    cookies.set(reply, 'csrf_token', token, csrfSeconds);
    return token;
  };
  const bindingOf = (request: FastifyRequest): string | undefined => {
    const header = request.headers.cookie;
    const accessToken = cookies.read(header, 'access_token');
    const claims = accessToken === undefined ? undefined : options.tokens.read(accessToken);
    return claims?.sessionId ?? readPresession(cookies, header);
  };
  return {
    deliver(reply, tokens) {
      const delivered = {
        session: {
          id: tokens.sessionId,
          expires_at: tokens.expiresAt.toISOString(),
          idle_expires_at: tokens.idleExpiresAt.toISOString(),
        },
        access_expires_at: tokens.accessExpiresAt.toISOString(),
      };
      if (tokens.delivery === 'body') {
        const { accessToken, refreshToken } = tokens;
        const inBody = {
          access_token: accessToken,
          refresh_token: refreshToken,
          token_type: 'Bearer' as const,
        };
        return { ...delivered, csrf_token: csrf.issue(tokens.sessionId), ...inBody };
      }
      const idleSeconds = (tokens.idleExpiresAt.getTime() - now()) / 1000;
      // The cookie outlives the token in it: an expired token still says whose CSRF tokens count when it is renewed.
      cookies.set(reply, 'access_token', tokens.accessToken, idleSeconds);
      cookies.set(reply, 'refresh_token', tokens.refreshToken, idleSeconds);
      cookies.clear(reply, 'presession');
      return { ...delivered, csrf_token: issueFor(reply, tokens.sessionId) };
    },
    renewAccess(reply, sessionId, accessToken, idleExpiresAt) {
      cookies.set(reply, 'access_token', accessToken, (idleExpiresAt.getTime() - now()) / 1000);
      return issueFor(reply, sessionId);
    },
    forget(reply) {
      for (const kind of ['access_token', 'refresh_token', 'csrf_token', 'presession'] as const)
        cookies.clear(reply, kind);
      // Not "cookies": it would reach neighbouring hosts of the same domain and make this device unknown.
      reply.header('clear-site-data', '"cache", "storage"');
    },
    bindingOf,
    issueCsrf(request, reply) {
      const known = bindingOf(request);
      const bindingId = known ?? randomText(16);
      if (known === undefined) cookies.set(reply, 'presession', bindingId, csrfSeconds * 24);
      return issueFor(reply, bindingId);
    },
  };
}
