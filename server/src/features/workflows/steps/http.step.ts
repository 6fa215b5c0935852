import { Type } from 'typebox';
import type { OutboundDoor } from '../../../platform/outbound-http/index.ts';
import { ConfigInvalid, HttpStepFailed, ValueTooLarge } from '../workflows.errors.ts';
import { defineStep } from './step-type.ts';

interface HttpConfig {
  url: unknown;
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, unknown>;
  body?: unknown;
  fail_on_status?: boolean;
}

const maxBytes = 1024 * 1024;
/** What the connection itself needs, or what proves who this server is. */
const forbiddenHeaders = new Set([
  'host',
  'content-length',
  'connection',
  'transfer-encoding',
  'cookie',
  'te',
  'upgrade',
]);

/**
 * Asks another server through the outbound door (S34): never without bounds, and in the own network nothing but what the
 * operator has named.
 */
export const httpStep = (door: OutboundDoor, localHosts: readonly string[]) =>
  defineStep<HttpConfig>({
    type: 'http',
    title: 'HTTP request',
    description:
      'Asks another server. The output has status, headers and body; a body of JSON is read. Requests that change something wait for an approval.',
    config: Type.Object(
      {
        url: Type.String({ minLength: 1, maxLength: 4_000 }),
        method: Type.Optional(
          Type.Union(
            (['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) =>
              Type.Literal(method),
            ),
          ),
        ),
        headers: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 4_000 }))),
        body: Type.Optional(Type.Unknown()),
        fail_on_status: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
    writes: ({ method = 'GET' }) => method !== 'GET' && method !== 'HEAD',
    check: ({ headers = {} }) =>
      Object.keys(headers)
        .filter((name) => forbiddenHeaders.has(name.toLowerCase()) || !/^[A-Za-z0-9-]{1,100}$/.test(name))
        .map((name) => name.slice(0, 60))
        .map((header) => ({
          field: 'headers',
          detail: `The header "${header}" cannot be set.`,
          reason: 'header_forbidden',
          params: { header },
        })),
    async run(context, config) {
      const { method = 'GET', fail_on_status: failOnStatus = true } = config;
      const response = await door.fetch(
        String(config.url),
        {
          method,
          headers: headersOf(config, context.effectKey),
          body: bodyOf(config),
          signal: context.signal,
        },
        isNamed(localHosts, String(config.url))
          ? { allowLocal: true, maxBytes }
          : { allowLocal: false, maxBytes, maxRedirects: 5 },
      );
      const text = await response.text();
      const output = {
        status: response.status,
        headers: Object.fromEntries([...response.headers].slice(0, 100)),
        body: readBody(text, response.headers.get('content-type') ?? ''),
      };
      if (failOnStatus && !response.ok)
        throw HttpStepFailed.with({
          detail: `The other server answered with status ${response.status}.`,
          reason: 'status',
          params: { status: response.status },
        });
      return { output };
    },
  });

/** With its port or without; a redirect from there is not followed. */
function isNamed(localHosts: readonly string[], url: string): boolean {
  if (localHosts.length === 0 || !URL.canParse(url)) return false;
  const { host, hostname } = new URL(url);
  return localHosts.includes(host) || localHosts.includes(hostname);
}

function headersOf({ headers = {}, body }: HttpConfig, effectKey: string): Record<string, string> {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  if (given.some(([, value]) => /[\r\n\0]/.test(value)))
    throw ConfigInvalid.with({ detail: 'A header may not hold line breaks.', reason: 'header_line_break' });
  const isJson = body !== undefined && typeof body !== 'string';
  return {
    'idempotency-key': effectKey,
    ...(isJson ? { 'content-type': 'application/json' } : {}),
    ...Object.fromEntries(given),
  };
}

function bodyOf({ body }: HttpConfig): string | null {
  if (body === undefined) return null;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  if (Buffer.byteLength(text) > maxBytes)
    throw ValueTooLarge.with({
      detail: 'The body of the request is larger than 1 MB.',
      reason: 'request',
      params: { limit_mb: 1 },
    });
  return text;
}

function readBody(text: string, contentType: string): unknown {
  const storable = text.toWellFormed().replaceAll('\0', '\ufffd');
  if (!/\bjson\b/i.test(contentType)) return storable;
  try {
    return JSON.parse(storable);
  } catch {
    // Said to be JSON and is none: the text is what came.
    return storable;
  }
}
