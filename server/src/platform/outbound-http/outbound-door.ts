import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, Dispatcher } from 'undici';
import {
  AddressNotAllowed,
  InvalidUrl,
  OutboundTooLarge,
  TooManyRedirects,
  toOutboundProblem,
} from './outbound-errors.ts';
import { createPinnedConnect, type ResolveHost, resolveChecked, resolveHost } from './pinned-connect.ts';
import { type RequestClock, startClock } from './request-clock.ts';
import { boundBody, decodeBody } from './response-body.ts';

/** What one kind of outgoing request may do. */
export interface OutboundPolicy {
  /** Also loopback, private and carrier-grade addresses; never metadata or link-local ones. */
  allowLocal: boolean;
  /** Milliseconds for the whole exchange; 30 s by default. */
  timeoutMs?: number;
  /** Milliseconds for name, connection and TLS; 5 s by default. */
  connectTimeoutMs?: number;
  /** Milliseconds until the answer begins; the whole time by default. */
  firstByteTimeoutMs?: number;
  /** Milliseconds between two parts of the answer; 15 s by default. */
  idleTimeoutMs?: number;
  /** Bytes of the answer after unpacking; 10 MiB by default. */
  maxBytes?: number;
  /** Redirects followed, each one checked like a new address; none by default. */
  maxRedirects?: number;
}

export interface OutboundRequest {
  method?: string;
  headers?: ConstructorParameters<typeof Headers>[0];
  body?: string | Uint8Array | null;
  signal?: AbortSignal | null;
}

/** The one way out of this program (S34). */
export interface OutboundDoor {
  /**
   * Sends a request and answers once the headers are there; the body streams. Throws `outbound.invalid_url`,
   * `outbound.address_not_allowed`, `outbound.timeout`, `outbound.too_large`, `outbound.refused`,
   * `outbound.unreachable`, `outbound.name_not_found`, `outbound.tls_failed`, `outbound.too_many_redirects` or
   * `outbound.bad_response`; the body fails with those or `outbound.interrupted`. An abort throws the signal's reason.
   */
  fetch(url: string | URL, init: OutboundRequest, policy: OutboundPolicy): Promise<Response>;
  /** Checks an address without sending anything; throws as `fetch` would for the address. */
  checkAddress(url: string | URL, policy: Pick<OutboundPolicy, 'allowLocal'>): Promise<void>;
  close(): Promise<void>;
}

type Limits = Required<OutboundPolicy>;
type HttpClient = typeof import('undici');

function withDefaults(policy: OutboundPolicy): Limits {
  const timeoutMs = policy.timeoutMs ?? 30_000;
  return {
    allowLocal: policy.allowLocal,
    timeoutMs,
    connectTimeoutMs: policy.connectTimeoutMs ?? 5_000,
    firstByteTimeoutMs: policy.firstByteTimeoutMs ?? timeoutMs,
    idleTimeoutMs: policy.idleTimeoutMs ?? 15_000,
    maxBytes: policy.maxBytes ?? 10 * 1024 * 1024,
    maxRedirects: policy.maxRedirects ?? 0,
  };
}

/** Opens the outbound door. `resolve` stands in for DNS in tests. */
export function createOutboundDoor(options: { userAgent: string; resolve?: ResolveHost }): OutboundDoor {
  const resolve = options.resolve ?? resolveHost;
  // Pools are kept apart by what may be connected to: a connection made under the one rule never serves the other.
  const agents = new Map<string, Agent>();
  const agentFor = (limits: Limits, client: HttpClient): Agent => {
    const key = `${limits.allowLocal} ${limits.connectTimeoutMs}`;
    const known = agents.get(key);
    if (known) return known;
    const connect = createPinnedConnect({ ...limits, resolve, buildConnector: client.buildConnector });
    const agent = new client.Agent({
      connect,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 32 * 1024,
    });
    agents.set(key, agent);
    return agent;
  };
  return {
    async fetch(url, init, policy) {
      const limits = withDefaults(policy);
      const clock = startClock(limits, init.signal ?? undefined);
      try {
        const target = parseUrl(url);
        // Loaded with the first request: without a model server or a search, nothing goes out.
        const client = await import('undici');
        return await follow(target, init, {
          limits,
          clock,
          client,
          agent: agentFor(limits, client),
          ...options,
        });
      } catch (error) {
        clock.stop();
        throw clock.reason() ?? toOutboundProblem(error, 'request');
      }
    },
    async checkAddress(url, policy) {
      try {
        await resolveChecked(parseUrl(url).hostname, { allowLocal: policy.allowLocal, resolve });
      } catch (error) {
        throw toOutboundProblem(error, 'request');
      }
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
      agents.clear();
    },
  };
}

/** Parses an address. The URL standard turns decimal, octal and hexadecimal hosts into plain IPv4 ones. */
function parseUrl(url: string | URL): URL {
  const text = String(url);
  if (text.length > 8_192 || !URL.canParse(text)) throw InvalidUrl.with();
  const parsed = new URL(text);
  const isWeb = parsed.protocol === 'http:' || parsed.protocol === 'https:';
  if (!isWeb || parsed.username !== '' || parsed.password !== '' || parsed.hostname === '')
    throw InvalidUrl.with();
  return parsed;
}

interface Exchange {
  limits: Limits;
  clock: RequestClock;
  client: HttpClient;
  agent: Agent;
  userAgent: string;
}

interface Hop {
  url: URL;
  method: string;
  headers: Headers;
  body: string | Uint8Array | null;
}

async function follow(url: URL, init: OutboundRequest, exchange: Exchange): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has('user-agent')) headers.set('user-agent', exchange.userAgent);
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'gzip, deflate, br');
  let hop: Hop = { url, method: (init.method ?? 'GET').toUpperCase(), headers, body: init.body ?? null };
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send(hop, exchange);
    const location = redirectTarget(answer);
    if (location === undefined) return toResponse(answer, hop.url, exchange);
    await answer.body.dump();
    if (redirects >= exchange.limits.maxRedirects) throw tooManyRedirects(hop.url, location);
    hop = nextHop(hop, answer.statusCode, location);
  }
}

function send(hop: Hop, { client, agent, clock }: Exchange): Promise<Dispatcher.ResponseData> {
  return client.request(hop.url, {
    dispatcher: agent,
    method: hop.method as Dispatcher.HttpMethod,
    headers: Object.fromEntries(hop.headers),
    body: hop.body,
    signal: clock.signal,
  });
}

function redirectTarget(answer: Dispatcher.ResponseData): string | undefined {
  const { location } = answer.headers;
  if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== 'string')
    return undefined;
  return location;
}

function tooManyRedirects(from: URL, location: string): Error {
  const target = URL.canParse(location, from.href) ? new URL(location, from).origin : undefined;
  return TooManyRedirects.with({
    detail: `${from.origin} sends the request on to ${target ?? 'an address that is not valid'}. Use the final address.`,
    reason: target === undefined ? 'invalid_target' : 'target',
    params: { from: from.origin, ...(target === undefined ? {} : { target }) },
  });
}

/** What may go along to another origin: nothing that proves who is asking. */
const headersForAnyOrigin = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'user-agent',
  'content-type',
]);

function nextHop(hop: Hop, status: number, location: string): Hop {
  const url = parseUrl(URL.canParse(location, hop.url.href) ? new URL(location, hop.url) : location);
  if (hop.url.protocol === 'https:' && url.protocol === 'http:')
    throw AddressNotAllowed.with({
      detail: `${hop.url.origin} sends the request on to an address without encryption.`,
      reason: 'unencrypted',
      params: { from: hop.url.origin },
    });
  const headers = new Headers(hop.headers);
  if (url.origin !== hop.url.origin)
    for (const name of [...headers.keys()]) if (!headersForAnyOrigin.has(name)) headers.delete(name);
  const becomesGet = status === 303 ? hop.method !== 'HEAD' : status < 303 && hop.method === 'POST';
  if (!becomesGet) return { ...hop, url, headers };
  headers.delete('content-type');
  return { url, method: 'GET', headers, body: null };
}

function toResponse(answer: Dispatcher.ResponseData, url: URL, exchange: Exchange): Response {
  const { limits, clock } = exchange;
  const headers = toHeaders(answer.headers);
  const encoding = headers.get('content-encoding') ?? undefined;
  clock.answered();
  const stream = boundBody(decodeBody(answer.body, encoding), { maxBytes: limits.maxBytes, clock });
  const empty = [204, 205, 304].includes(answer.statusCode);
  const tooLarge = Number(headers.get('content-length') ?? 0) > limits.maxBytes;
  if (empty || tooLarge) void stream.cancel();
  if (tooLarge) throw OutboundTooLarge.with();
  if (encoding !== undefined) headers.delete('content-length');
  headers.delete('content-encoding');
  const response = new Response(empty ? null : stream, { status: answer.statusCode, headers });
  Object.defineProperty(response, 'url', { value: url.href });
  return response;
}

function toHeaders(received: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) headers.append(name, one);
  }
  return headers;
}
