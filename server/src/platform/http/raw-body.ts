import type { FastifyRequest } from 'fastify';
import type { Route } from './route.ts';

const bodies = new WeakMap<FastifyRequest, Buffer>();

/** Keeps the bytes of a body where the route says `keepsRawBody`. */
export function keepRawBody(request: FastifyRequest, body: Buffer): void {
  const { route } = request.routeOptions.config as { route?: Route };
  if (route?.keepsRawBody) bodies.set(request, body);
}

/** The body as it was sent; empty where there was none. */
export function rawBodyOf(request: FastifyRequest): Buffer {
  return bodies.get(request) ?? Buffer.alloc(0);
}
