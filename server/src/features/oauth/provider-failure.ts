import type { ClientError } from 'openid-client';
import { type Failure, failureOf, ProblemError } from '../../platform/errors.ts';
import { storable } from '../audit/index.ts';
import { loadedOpenidLibrary } from './openid-library.ts';

/** Why an exchange with a provider failed, in words that may be logged and shown to administrators. */
export interface ProviderFailure {
  kind:
    | 'denied'
    | 'unreachable'
    | 'refused'
    | 'not_openid'
    | 'wrong_issuer'
    | 'not_encrypted'
    | 'clock'
    | 'invalid';
  /** Stable code: ours, or the one the provider or its protocol library gave. */
  code: string;
  detail: string;
  /** Where one of our own refusals ended the exchange: that one. */
  refusal?: Failure;
}

const kindsByCode: Record<string, ProviderFailure['kind']> = {
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'wrong_issuer',
  OAUTH_HTTP_REQUEST_FORBIDDEN: 'not_encrypted',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'clock',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'not_openid',
  OAUTH_RESPONSE_IS_NOT_JSON: 'not_openid',
  OAUTH_PARSE_ERROR: 'not_openid',
  OAUTH_MISSING_SERVER_METADATA: 'not_openid',
  OAUTH_INVALID_SERVER_METADATA: 'not_openid',
  OAUTH_TIMEOUT: 'unreachable',
};

/**
 * Reads an error of an exchange with a provider; `undefined` when the error is none of those. Only constant sentences
 * and the provider's short error code are taken over: causes may hold tokens (S40).
 */
export function explainFailure(error: unknown): ProviderFailure | undefined {
  const problem = findProblem(error);
  if (problem) {
    const { code, detail } = problem;
    return { kind: 'unreachable', code, detail, refusal: failureOf(problem) };
  }
  const library = loadedOpenidLibrary();
  if (!library) return undefined;
  if (error instanceof library.AuthorizationResponseError) {
    const code = storable(error.error, 60);
    const kind = code === 'access_denied' ? 'denied' : 'refused';
    return { kind, code, detail: `The provider answered "${code}".` };
  }
  if (error instanceof library.ResponseBodyError) {
    const code = storable(error.error, 60);
    return { kind: 'refused', code, detail: `The provider refused with "${code}".` };
  }
  if (error instanceof library.ClientError) {
    const code = error.code ?? 'unknown';
    return { kind: kindsByCode[code] ?? 'invalid', code, detail: sentenceOf(error) };
  }
  return undefined;
}

function findProblem(error: unknown): ProblemError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1)
    if (cause instanceof ProblemError) return cause;
  return undefined;
}

/** The library's messages are constants; the inner one is the more exact. */
function sentenceOf(error: ClientError): string {
  const inner = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return storable(`${error.message}${inner}`, 300);
}
