import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { freePort } from '../lib/free-port.ts';
import { account } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';

const program = '/usr/bin/caddy';

describe.skipIf(!existsSync(program))('behind Caddy with https', () => {
  let product: Product;
  let caddy: Caddy;
  const jar = new Map<string, string>();
  let csrf = '';

  beforeAll(async () => {
    const publicPort = await freePort();
    product = await Product.start({
      env: {
        ENVIRONMENT: 'production',
        PUBLIC_URL: `https://localhost:${publicPort}`,
        TRUSTED_PROXIES: '127.0.0.1',
      },
    });
    caddy = await startCaddy(publicPort, product.port);
  });
  afterAll(async () => {
    await caddy?.stop();
    await product?.stop();
  });

  const call = async (method: string, url: string, body?: unknown): Promise<Reply> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await send(caddy.url + url, method, {
      body,
      headers: { cookie, 'x-csrf-token': csrf, origin: caddy.url },
    });
    for (const line of reply.cookies) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    if (reply.json.csrf_token) csrf = String(reply.json.csrf_token);
    return reply;
  };

  it('S18, I10: sets up an account with __Host- cookies that are Secure', async () => {
    await call('GET', '/api/v1/auth/csrf-token');
    const code = product.setupCode;
    const done = await call('POST', '/api/v1/setup', {
      setup_code: code,
      email: account.email,
      password: account.password,
      display_name: account.name,
    });
    expect(done.status, done.text).toBe(201);
    const tokens = done.cookies.filter((line) => /(access|refresh)_token=/.test(line));
    expect(tokens).toHaveLength(2);
    for (const line of tokens) {
      expect(line).toMatch(/^__Host-/);
      expect(line).toMatch(/; Secure/i);
      expect(line).toMatch(/; HttpOnly/i);
      expect(line).not.toMatch(/; Domain=/i);
    }
  });

  it('S29: tells browsers to stay with https', async () => {
    const page = await call('GET', '/');
    expect(page.headers['strict-transport-security']).toContain('max-age=');
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  it('S27: believes the forwarded address of the trusted proxy, and of nobody else', async () => {
    const viaProxy = await call('GET', '/api/v1/auth/sessions');
    const items = viaProxy.json.items as { ip_address: string }[];
    expect(items[0]?.ip_address).toMatch(/^(127\.0\.0\.1|::1)$/);
    const forged = await send(`${caddy.url}/api/v1/profile/debug`, 'GET', {
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        'x-forwarded-for': '203.0.113.7',
      },
    });
    expect(forged.status).toBe(200);
    expect(forged.text).not.toContain('203.0.113.7');
  });

  it('I14: carries WebSockets of its own pages, with the __Host- cookies', async () => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    expect((await firstFrame(caddy.url, cookie)).type).toBe('ready');
  });

  it('streams events through the proxy as they come', async () => {
    const conversation = await call('POST', '/api/v1/conversations', {});
    const asked = await call('POST', `/api/v1/conversations/${conversation.json.id}/messages`, {
      content: 'What happens without a model?',
    });
    expect(asked.status, asked.text).toBe(202);
    const { id } = asked.json.generation as { id: string };
    const stream = await call('GET', `/api/v1/generations/${id}/events`);
    expect(stream.headers['content-type']).toContain('text/event-stream');
    expect(stream.text).toContain('event: end');
  });
});

/** Opens a WebSocket as a page does, and answers its first frame. */
function firstFrame(url: string, cookie: string): Promise<{ type: string }> {
  const address = new URL('/api/v1/ws/notifications', url);
  address.protocol = 'wss:';
  const socket = new WebSocket(address, {
    origin: new URL(url).origin,
    headers: { cookie },
    rejectUnauthorized: false,
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send('{"type":"hello"}'));
    socket.once('message', (data) => {
      socket.terminate();
      resolve(JSON.parse(String(data)) as { type: string });
    });
  });
}

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  cookies: string[];
  text: string;
  json: Record<string, unknown>;
}

/** One request that accepts the certificate of Caddy's own authority. */
function send(
  url: string,
  method: string,
  options: { body?: unknown; headers: Record<string, string> },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const payload = options.body === undefined ? undefined : JSON.stringify(options.body);
    const request = https.request(
      url,
      {
        method,
        rejectUnauthorized: false,
        headers: { ...options.headers, ...(payload ? { 'content-type': 'application/json' } : {}) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            cookies: response.headers['set-cookie'] ?? [],
            text,
            json: isJson && text ? (JSON.parse(text) as Record<string, unknown>) : {},
          });
        });
      },
    );
    request.on('error', reject);
    request.end(payload);
  });
}

interface Caddy {
  url: string;
  stop(): Promise<void>;
}

async function startCaddy(publicPort: number, serverPort: number): Promise<Caddy> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-caddy-'));
  const file = path.join(folder, 'Caddyfile');
  const configuration = `{
  admin off
  auto_https disable_redirects
  skip_install_trust
  storage file_system ${folder}/storage
}
https://localhost:${publicPort} {
  tls internal
  reverse_proxy 127.0.0.1:${serverPort}
}
`;
  await writeFile(file, configuration);
  const child = spawn(program, ['run', '--config', file, '--adapter', 'caddyfile'], {
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await untilServing(child, `https://localhost:${publicPort}/api/health/live`);
  return {
    url: `https://localhost:${publicPort}`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilServing(child: ChildProcess, url: string): Promise<void> {
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Caddy ended with status ${child.exitCode}:\n${errors}`);
    const reply = await send(url, 'GET', { headers: {} }).catch(() => undefined);
    if (reply?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
