import type { FastifyRequest } from 'fastify';

/** Where a request comes from, fit to be stored and shown. */
export interface ClientFacts {
  address: string;
  userAgent: string;
}

const maxUserAgentLength = 300;

/** Reads address (behind configured proxies only, S27) and user agent of a request. */
export function clientFacts(request: FastifyRequest): ClientFacts {
  return {
    address: request.ip,
    userAgent: storable(request.headers['user-agent'] ?? '', maxUserAgentLength),
  };
}

/** Text from outside without control or formatting characters, so that it can forge no line of a log or table (S39). */
export function storable(text: string, maxLength: number): string {
  return text
    .slice(0, maxLength * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')
    .slice(0, maxLength)
    .trim();
}
