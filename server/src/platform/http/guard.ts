import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, Route } from './route.ts';

/**
 * The one guard chain of every route (S31). Identity implements it; the server calls it before the body is read:
 * origin and Fetch Metadata, credentials, access, CSRF.
 */
export interface RequestGuard {
  /**
   * Returns who the request acts as, or `undefined` where a public route has no session.
   * Throws `auth.session_required`, `auth.session_expired`, `auth.forbidden` or a `csrf_*` code.
   */
  admit(
    request: FastifyRequest,
    route: Route,
    reply: FastifyReply,
  ): Promise<Actor | undefined> | Actor | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | undefined;
  }
}
