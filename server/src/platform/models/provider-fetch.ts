import { ProblemError } from '../errors.ts';
import type { OutboundDoor, OutboundPolicy } from '../outbound-http/index.ts';
import { fromOutboundProblem, fromProviderMessage, fromStatus, ModelBadResponse } from './model-errors.ts';
import type { ProviderConnection } from './model-types.ts';
import { errorMessage, guardWire, type WireFormat } from './wire-guard.ts';

export interface ProviderCall {
  /** Named in what a person reads; `null` for calls that ask no model. */
  model: string | null;
  signal: AbortSignal;
  policy: Omit<OutboundPolicy, 'allowLocal'>;
  /** The answer streams in this format. */
  stream?: WireFormat;
  idempotencyKey?: string;
}

export interface ProviderRequest {
  method?: string;
  body?: string;
}

/** One call to a provider: what every request of it shares, and the first problem it met. */
export interface ProviderFetch {
  /** For our own requests. Throws problems of the model taxonomy, or the reason of the abort. */
  send(path: string, request?: ProviderRequest): Promise<Response>;
  /** As client libraries expect it. */
  fetch: typeof globalThis.fetch;
  /**
   * Libraries wrap, rename and sometimes swallow what `fetch` and the body throw; here it is as it happened.
   */
  problem(): ProblemError | undefined;
}

const longestErrorBytes = 64 * 1024;

/**
 * Opens the way to one provider through the outbound door. Headers are built here from nothing: the key goes to the
 * provider's own origin only, and nothing of the environment or the machine goes along.
 */
export function createProviderFetch(
  door: OutboundDoor,
  provider: ProviderConnection,
  call: ProviderCall,
): ProviderFetch {
  let first: ProblemError | undefined;
  const keep = (error: unknown): unknown => {
    if (!(error instanceof ProblemError)) return error;
    first ??= fromOutboundProblem(error, provider.name);
    return first;
  };
  const go = async (url: string, request: ProviderRequest): Promise<Response> => {
    try {
      const target = sameOrigin(url, provider);
      const headers = headersFor(provider, call);
      const policy = { ...call.policy, allowLocal: provider.allowLocal };
      const response = await door.fetch(target, { ...request, headers, signal: call.signal }, policy);
      if (!response.ok) throw await readFailure(response, provider, call);
      return call.stream ? guarded(response, provider, call, call.stream, keep) : response;
    } catch (error) {
      throw keep(error);
    }
  };
  return {
    send: (path, request = {}) => go(`${provider.baseUrl}${path}`, request),
    fetch: (input, init) =>
      go(input instanceof Request ? input.url : String(input), {
        method: init?.method,
        body: typeof init?.body === 'string' ? init.body : undefined,
      }),
    problem: () => first,
  };
}

function sameOrigin(url: string, provider: ProviderConnection): URL {
  const target = new URL(url);
  if (target.origin !== new URL(provider.baseUrl).origin)
    throw new Error('A request for a provider was about to leave for another origin.');
  return target;
}

function headersFor(provider: ProviderConnection, call: ProviderCall): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: call.stream === 'sse' ? 'text/event-stream' : 'application/json',
    ...(provider.apiKey === null ? {} : { authorization: `Bearer ${provider.apiKey.reveal()}` }),
    ...(call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey }),
    ...(call.stream === undefined ? {} : { 'accept-encoding': 'identity' }),
  };
}

async function readFailure(
  response: Response,
  provider: ProviderConnection,
  call: ProviderCall,
): Promise<ProblemError> {
  const text = await readBeginning(response, longestErrorBytes);
  return fromStatus(
    {
      status: response.status,
      message: withoutKey(messageIn(text), provider),
      retryAfter: response.headers.get('retry-after'),
    },
    { name: provider.name, model: call.model },
  );
}

async function readBeginning(response: Response, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(parts).subarray(0, maxBytes).toString('utf8');
}

function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? errorMessage(body as Record<string, unknown>) : '';
  } catch {
    // An error page of some proxy, not of the model server: its markup helps nobody.
    return '';
  }
}

/** Some providers repeat the key in their error message. */
function withoutKey(message: string, provider: ProviderConnection): string {
  const key = provider.apiKey?.reveal();
  return key ? message.replaceAll(key, '[secret]') : message;
}

function guarded(
  response: Response,
  provider: ProviderConnection,
  call: ProviderCall,
  format: WireFormat,
  keep: (error: unknown) => unknown,
): Response {
  const type = response.headers.get('content-type') ?? '';
  const isStream =
    type.includes('ndjson') || type.includes('event-stream') || type.startsWith('text/plain') || type === '';
  if (!response.body || (!isStream && format === 'sse') || type.startsWith('text/html')) {
    void response.body?.cancel();
    throw ModelBadResponse.with({
      detail: `${provider.name} did not answer with a stream. Is it a model server?`,
      reason: 'no_stream',
      params: { provider: provider.name },
    });
  }
  const about = { name: provider.name, model: call.model };
  const body = guardWire(response.body, {
    format,
    providerName: provider.name,
    toProblem: (message) => fromProviderMessage(withoutKey(message, provider), about, 'stream'),
    keep,
  });
  return new Response(body, { status: response.status, headers: response.headers });
}
