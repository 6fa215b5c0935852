import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineError } from '../../src/platform/errors.ts';
import type { Route } from '../../src/platform/http/route.ts';
import { defineRoute } from '../../src/platform/http/route.ts';
import { createHttpServer, type HttpServer } from '../../src/platform/http/server.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';

const Teapot = defineError('tests.teapot', 418, 'I am a teapot', 'Coffee is not made here.');
const strict = { additionalProperties: false } as const;

describe('HTTP server', () => {
  let server: HttpServer;
  let release: (() => void) | undefined;
  const logged: string[] = [];

  const routes: Route[] = [
    defineRoute({
      method: 'POST',
      url: '/echo',
      summary: 'Echo',
      tags: ['test'],
      access: 'public',
      body: Type.Object({ name: Type.String(), count: Type.Optional(Type.Integer()) }, strict),
      response: { 201: Type.Object({ name: Type.String() }) },
      handler: ({ body }) => ({ ...body, password_hash: 'never sent' }),
    }),
    defineRoute({
      method: 'GET',
      url: '/page/:id',
      summary: 'Query and path values',
      tags: ['test'],
      access: 'public',
      params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
      querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }) }, strict),
      response: { 200: Type.Object({ id: Type.String(), limit: Type.Integer() }) },
      handler: ({ params, query }) => ({ id: params.id, limit: query.limit }),
    }),
    defineRoute({
      method: 'GET',
      url: '/teapot',
      summary: 'A declared error',
      tags: ['test'],
      access: 'public',
      response: { 200: Type.Object({}) },
      errors: [Teapot],
      handler: () => {
        throw Teapot.with({ retryAfterSeconds: 7 });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/bug',
      summary: 'An error nobody declared',
      tags: ['test'],
      access: 'public',
      response: { 200: Type.Object({}) },
      handler: () => {
        throw new Error('password is hunter2');
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/column',
      summary: 'A column that the database lacks',
      tags: ['test'],
      access: 'public',
      response: { 200: Type.Object({}) },
      handler: () => {
        throw Object.assign(new Error('column users.status does not exist'), { code: '42703' });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/full',
      summary: 'A database without room',
      tags: ['test'],
      access: 'public',
      response: { 200: Type.Object({}) },
      handler: () => {
        throw Object.assign(new Error('could not extend file "base/5/16384"'), { code: '53100' });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/upload',
      summary: 'Refuses an upload at its first bytes',
      tags: ['test'],
      access: 'public',
      kind: 'multipart',
      response: { 201: Type.Object({}) },
      errors: [Teapot],
      handler: async ({ request }) => {
        for await (const part of request.parts({ limits: { fileSize: Number.POSITIVE_INFINITY } }))
          if (part.type === 'file') for await (const _piece of part.file) throw Teapot.with();
        return {};
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/wait',
      summary: 'Waits until it is released',
      tags: ['test'],
      access: 'public',
      response: { 200: Type.Object({}) },
      handler: () => new Promise((resolve) => (release = () => resolve({}))),
    }),
    defineRoute({
      method: 'GET',
      url: '/slow',
      summary: 'Never answers',
      tags: ['test'],
      access: 'public',
      timeoutMs: 20,
      response: { 200: Type.Object({}) },
      handler: () => new Promise(() => undefined),
    }),
  ];

  beforeAll(async () => {
    server = await createHttpServer({
      log: createLogger({ level: 'error', destination: { write: (line: string) => void logged.push(line) } }),
      guard: { admit: () => undefined },
      routes,
      secure: false,
      trustedProxies: [],
      maxConcurrentRequests: 1,
      maxFileBytes: 1_000,
      maxFilesPerRequest: 2,
    });
    await server.app.ready();
  });
  afterAll(() => server.app.close());

  const post = (payload: string | Buffer, type = 'application/json') =>
    server.app.inject({ method: 'POST', url: '/echo', payload, headers: { 'content-type': type } });

  it('answers what the schema declares and strips the rest', async () => {
    const response = await post('{"name":"Ada"}');
    expect(response.statusCode).toBe(201);
    expect(response.json()).toEqual({ name: 'Ada' });
    expect(response.headers['x-request-id']).toBeTruthy();
  });

  it.each([
    ['S26: an unknown key', '{"name":"Ada","role":"admin"}', 422, 'validation_failed'],
    ['S26: an array for a string', '{"name":["Ada"]}', 422, 'validation_failed'],
    ['S26: a number for a string', '{"name":1}', 422, 'validation_failed'],
    ['a missing key', '{}', 422, 'validation_failed'],
    ['S26: a duplicate key', '{"name":"Ada","name":"Bob"}', 400, 'duplicate_key'],
    [
      'S26: a duplicate key written with an escape',
      '{"name":"Ada","n\\u0061me":"Bob"}',
      400,
      'duplicate_key',
    ],
    ['S26: __proto__', '{"name":"Ada","__proto__":{"admin":true}}', 400, 'forbidden_key'],
    ['broken JSON', '{"name":', 400, 'malformed_body'],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe]), 400, 'malformed_body'],
    ['S26: broken UTF-8 within a text', Buffer.from('{"name":"\xff"}', 'latin1'), 400, 'malformed_body'],
    ['an oversize body', `{"name":"${'a'.repeat(300_000)}"}`, 413, 'body_too_large'],
  ])('refuses %s', async (_what, payload, status, code) => {
    const response = await post(payload);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.json()).toMatchObject({ code, status, request_id: response.headers['x-request-id'] });
  });

  it('S26: refuses a content type that the route does not take', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'multipart/form-data',
      'application/json; charset=utf-7',
      'application/json;charset="iso-8859-1"',
    ]) {
      const response = await post('{"name":"Ada"}', type);
      expect(response.statusCode).toBe(415);
      expect(response.json().code).toBe('unsupported_media_type');
    }
  });

  it('names the field that is wrong', async () => {
    const response = await post('{"name":1,"extra":true}');
    expect(response.json().errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ field: 'name' }),
        expect.objectContaining({ field: 'extra', detail: 'is not known here' }),
      ]),
    );
  });

  it('converts path and query values, and refuses what does not convert', async () => {
    const id = '0193e0c0-0000-7000-8000-000000000001';
    expect((await server.app.inject(`/page/${id}?limit=5`)).json()).toEqual({ id, limit: 5 });
    expect((await server.app.inject(`/page/${id}`)).json()).toEqual({ id, limit: 20 });
    for (const url of [
      `/page/${id}?limit=ten`,
      `/page/${id}?limit=0`,
      `/page/${id}?unknown=1`,
      '/page/not-a-uuid',
    ])
      expect((await server.app.inject(url)).statusCode).toBe(422);
  });

  it('answers a declared error with its code and Retry-After', async () => {
    const response = await server.app.inject('/teapot');
    expect(response.statusCode).toBe(418);
    expect(response.headers['retry-after']).toBe('7');
    expect(response.json()).toMatchObject({ code: 'tests.teapot', detail: 'Coffee is not made here.' });
  });

  it('reveals nothing of an error that nobody declared, and logs it whole', async () => {
    const response = await server.app.inject('/bug');
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('hunter2');
    expect(response.json().code).toBe('internal');
    expect(logged.join('')).toContain('hunter2');
  });

  it('I1: a column that the database lacks is 503 schema_out_of_date, never 500', async () => {
    const response = await server.app.inject('/column');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'schema_out_of_date' });
    expect(response.json().detail).toContain('users.status');
    expect(response.json().detail).toContain('npm run db:migrate');
  });

  it('answers an unknown address with problem+json', async () => {
    const response = await server.app.inject('/api/v1/nothing-here');
    expect(response.statusCode).toBe(404);
    expect(response.json().code).toBe('not_found');
  });

  it('says that the disk of the database is full', async () => {
    const response = await server.app.inject('/full');
    expect(response.statusCode).toBe(507);
    expect(response.json().code).toBe('database_full');
    expect(response.body).not.toContain('base/5');
  });

  it('goes on with a connection whose upload was answered before its end', async () => {
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    // The second request has no connection but that of the first.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { port } = server.app.server.address() as AddressInfo;
    const send = (method: string, path: string, headers: Record<string, string>, body: string) => {
      const sent = request({ agent, port, path, method, headers, host: '127.0.0.1' });
      sent.end(body);
      return once(sent, 'response').then(([response]) => {
        (response as IncomingMessage).resume();
        return (response as IncomingMessage).statusCode;
      });
    };
    try {
      const file =
        '--part\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' +
        `${'a'.repeat(3_000_000)}\r\n--part--\r\n`;
      const type = { 'content-type': 'multipart/form-data; boundary=part' };
      expect(await send('POST', '/upload', type, file)).toBe(418);
      expect(await send('GET', '/teapot', {}, '')).toBe(418);
    } finally {
      agent.destroy();
    }
  });

  it('I8: refuses more requests than it may have in work, with Retry-After', async () => {
    const waiting = server.app.inject('/wait').then((response) => response.statusCode);
    await expect.poll(() => release !== undefined).toBe(true);
    const refused = await server.app.inject('/teapot');
    expect(refused.statusCode).toBe(503);
    expect(refused.json().code).toBe('overloaded');
    expect(refused.headers['retry-after']).toBeTruthy();
    release?.();
    expect(await waiting).toBe(200);
    expect((await server.app.inject('/teapot')).statusCode).toBe(418);
  });

  it('I8: ends a request that takes too long', async () => {
    const response = await server.app.inject('/slow');
    expect(response.statusCode).toBe(503);
    expect(response.json().code).toBe('request_timeout');
  });

  it('S29: sends the security headers on every API answer', async () => {
    const { headers } = await server.app.inject('/teapot');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  it('S12: does not start with a body schema that lets unknown keys through', async () => {
    const loose = defineRoute({
      method: 'POST',
      url: '/loose',
      summary: 'Loose',
      tags: ['test'],
      access: 'public',
      body: Type.Object({ name: Type.String() }),
      response: { 200: Type.Object({}) },
      handler: () => ({}),
    });
    const start = createHttpServer({
      log: createLogger({ level: 'silent' }),
      guard: { admit: () => undefined },
      routes: [loose],
      secure: false,
      trustedProxies: [],
      maxConcurrentRequests: 1,
      maxFileBytes: 1_000,
      maxFilesPerRequest: 2,
    });
    await expect(start).rejects.toThrow(/unknown keys/);
  });
});
