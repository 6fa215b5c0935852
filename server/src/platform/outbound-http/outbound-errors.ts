import { defineError, ProblemError } from '../errors.ts';

export const InvalidUrl = defineError(
  'outbound.invalid_url',
  422,
  'Not a usable address',
  'Give a full address that begins with http:// or https:// and holds no user name or password.',
);
export const AddressNotAllowed = defineError(
  'outbound.address_not_allowed',
  422,
  'Address not allowed',
  'This address leads into a private network, where requests are not allowed to go.',
);
export const OutboundTimeout = defineError(
  'outbound.timeout',
  504,
  'No answer in time',
  'The other server did not answer in time.',
);
export const OutboundTooLarge = defineError(
  'outbound.too_large',
  502,
  'Answer too large',
  'The answer of the other server is larger than allowed.',
);
const OutboundRefused = defineError(
  'outbound.refused',
  502,
  'Connection refused',
  'Nothing takes connections at this address. Is the server running there, on this port?',
);
const OutboundUnreachable = defineError(
  'outbound.unreachable',
  502,
  'Server unreachable',
  'The other server could not be reached.',
);
const NameNotFound = defineError(
  'outbound.name_not_found',
  502,
  'Host name not found',
  'No server is known under this host name.',
);
const TlsFailed = defineError(
  'outbound.tls_failed',
  502,
  'No secure connection',
  'A secure connection could not be made: the certificate of the other server was not accepted.',
);
const OutboundInterrupted = defineError(
  'outbound.interrupted',
  502,
  'Connection broke',
  'The connection broke before the answer was complete.',
);
export const BadResponse = defineError(
  'outbound.bad_response',
  502,
  'Answer not understood',
  'The other server sent something that is not a valid HTTP answer.',
);
export const TooManyRedirects = defineError(
  'outbound.too_many_redirects',
  502,
  'Redirected elsewhere',
  'The other server sends the request on to another address more often than allowed here.',
);

const definitionsByCode = {
  ECONNREFUSED: OutboundRefused,
  ENOTFOUND: NameNotFound,
  EAI_AGAIN: NameNotFound,
  EAI_FAIL: NameNotFound,
  ETIMEDOUT: OutboundTimeout,
  UND_ERR_CONNECT_TIMEOUT: OutboundTimeout,
  UND_ERR_HEADERS_OVERFLOW: OutboundTooLarge,
  EPROTO: TlsFailed,
  SELF_SIGNED_CERT_IN_CHAIN: TlsFailed,
  DEPTH_ZERO_SELF_SIGNED_CERT: TlsFailed,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: TlsFailed,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: TlsFailed,
} as const;

/** Turns what the network layer threw into a declared problem; a problem inside the chain of causes is kept. */
export function toOutboundProblem(error: unknown, phase: 'request' | 'body'): ProblemError {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause instanceof ProblemError) return cause;
    const definition = definitionOf(cause);
    if (definition) return definition.with({ cause: error });
  }
  return (phase === 'body' ? OutboundInterrupted : OutboundUnreachable).with({ cause: error });
}

function definitionOf(
  error: Error,
): (typeof definitionsByCode)[keyof typeof definitionsByCode] | undefined | typeof BadResponse {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code in definitionsByCode) return definitionsByCode[code as keyof typeof definitionsByCode];
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.startsWith('CERT_')) return TlsFailed;
  if (
    error.name === 'HTTPParserError' ||
    code.startsWith('HPE_') ||
    code.startsWith('Z_') ||
    code.startsWith('ERR_BROTLI')
  )
    return BadResponse;
  return undefined;
}
