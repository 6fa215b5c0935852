import { createRequestIdentities } from '../../platform/http/request-identity.ts';
import { IdempotencyKeyReused } from './conversations.errors.ts';

export type { RequestIdentity } from '../../platform/http/request-identity.ts';
export const { requestIdentity, assertSameRequest } = createRequestIdentities(IdempotencyKeyReused);

/** 100 KB of text may take six times as much as escaped JSON. */
export const questionBodyLimitBytes = 700 * 1024;
