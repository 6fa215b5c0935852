import { execFile } from 'node:child_process';
import http, { type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');

function doctor(url: string): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'doctor', '--url', url], (error, output) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, output }),
    );
  });
}

describe('I8, I14: doctor --url says which hop fails', () => {
  let app: TestApp;
  let origin: URL;
  const servers: Server[] = [];
  beforeAll(async () => {
    app = await createTestApp({ guard: 'real', role: 'api' });
    origin = new URL(await app.listen());
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(() => app.stop());

  const listen = async (server: Server): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  /** A proxy that passes requests on as HTTP, and with it whatever `change` leaves of them; upgrades get lost. */
  const proxy = (change: (request: IncomingMessage) => Record<string, unknown>): Promise<string> =>
    listen(
      http.createServer((request, response) => {
        const headers = change(request) as http.OutgoingHttpHeaders;
        const onwards = http.request(
          { host: origin.hostname, port: origin.port, path: request.url, method: request.method, headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
          },
        );
        request.pipe(onwards);
      }),
    );

  test('finds nothing wrong with a way that is good', async () => {
    const { status, output } = await doctor(origin.href);
    expect(output).not.toContain('FAILED');
    for (const hop of ['DNS', 'TCP', 'HTTP', 'health', 'WebSocket', 'forwarded', 'cookies'])
      expect(output).toMatch(new RegExp(`ok +${hop} `));
    expect(status).toBe(0);
  });

  test('I14: names the setting of a proxy that drops upgrades, and finds the rest right', async () => {
    const url = await proxy(({ headers }) => {
      const { upgrade: _upgrade, connection: _connection, ...rest } = headers;
      return rest;
    });
    const { status, output } = await doctor(url);
    expect(output).toMatch(
      /FAILED +WebSocket .*answer 426, sockets\.upgrade_required.*proxy_set_header Upgrade/,
    );
    expect(output.match(/FAILED/g)).toHaveLength(1);
    expect(status).toBe(1);
  });

  test('names PUBLIC_URL where a proxy changes the host', async () => {
    const url = await proxy(({ headers }) => ({ ...headers, host: 'elsewhere.test' }));
    const { output } = await doctor(url);
    expect(output).toMatch(/FAILED +forwarded .*set PUBLIC_URL=http:\/\/127\.0\.0\.1/);
  });

  test('says that a connection without an answer is the server behind it, and stops there', async () => {
    const sockets = new Set<Socket>();
    const url = await listen(
      createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.once('data', () => socket.destroy());
      }),
    );
    const { output } = await doctor(url);
    expect(output).toMatch(/ok +TCP/);
    expect(output).toMatch(/FAILED +HTTP .*no HTTP answer comes/);
    expect(output).not.toContain('health');
  });

  test('tells a proxy without its server from the server', async () => {
    const url = await listen(
      http.createServer((_request, response) => response.writeHead(502, { server: 'some-proxy' }).end()),
    );
    expect((await doctor(url)).output).toMatch(/FAILED +HTTP .*A proxy answers 502 \(by some-proxy\)/);
  });

  test('names a port where nothing listens, a name without address, and TLS that is none', async () => {
    const closed = await listen(createServer());
    servers[0]?.close();
    expect((await doctor(closed)).output).toMatch(/FAILED +TCP .*ECONNREFUSED/);
    expect((await doctor('https://nowhere.invalid')).output).toMatch(/FAILED +DNS .*nowhere\.invalid/);
    expect((await doctor(`https://${origin.host}`)).output).toMatch(/FAILED +TLS /);
  });

  test('asks for an address when it is given none', async () => {
    expect((await doctor('ftp://example.org')).status).toBe(2);
  });
});
