import type { FastifyRequest } from 'fastify';
import { ValidationFailed } from '../errors.ts';

/** The version in `If-Match` (RFC 9110 §13.1.1); `*` and its absence match any. Throws `validation_failed`. */
export function versionOfIfMatch(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const match = /^"(\d{1,9})"$/.exec(header.trim());
  if (!match)
    throw ValidationFailed.with({
      errors: [{ field: 'If-Match', detail: 'must be the ETag that was read' }],
    });
  return Number(match[1]);
}
