import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { createOutboundDoor, type OutboundDoor } from './outbound-door.ts';
import type { ResolveHost } from './pinned-connect.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function openDoor(resolve?: ResolveHost): OutboundDoor {
  const door = createOutboundDoor({ userAgent: 'test', resolve });
  closers.push(() => door.close());
  return door;
}

async function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const local = { allowLocal: true };
const code = (value: string): unknown => expect.objectContaining({ code: value });

test.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://127.0.0.1./',
  'http://0.0.0.0/',
  'http://10.1.2.3/',
  'http://172.16.0.1/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://[::1]/',
  'http://[::]/',
  'http://[fe80::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:7f00:1::]/',
  'http://localhost/',
])('S34: refuses %s', async (url) => {
  await expect(openDoor().fetch(url, {}, { allowLocal: false })).rejects.toEqual(
    code('outbound.address_not_allowed'),
  );
  await expect(openDoor().checkAddress(url, { allowLocal: false })).rejects.toEqual(
    code('outbound.address_not_allowed'),
  );
});

test.each([
  'http://169.254.169.254/',
  'http://169.254.170.2/',
  'http://100.100.100.200/',
  'http://[fd00:ec2::254]/',
  'http://[::ffff:169.254.169.254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://0.0.0.0/',
  'http://[fe80::1]/',
])('S34: refuses %s even where local addresses are allowed', async (url) => {
  await expect(openDoor().fetch(url, {}, local)).rejects.toEqual(code('outbound.address_not_allowed'));
});

test.each([
  'http://10.0.0.7/',
  'http://[::1]:11434/',
  'http://100.64.0.9/',
  'http://[fc00::1]/',
  'http://8.8.8.8/',
])('S34: the explicit permission lets %s pass', async (url) => {
  await openDoor().checkAddress(url, local);
});

test.each([
  'ftp://example.org/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'http://u:p@example.org/',
  'nonsense',
])('S34: %s is not a usable address', async (url) => {
  await expect(openDoor().fetch(url, {}, local)).rejects.toEqual(code('outbound.invalid_url'));
});

test('S34: refuses a public name that leads to a private address, also as one of several', async () => {
  const resolve: ResolveHost = async () => [
    { address: '93.184.216.34', family: 4 },
    { address: '192.168.0.1', family: 4 },
  ];
  await expect(openDoor(resolve).fetch('http://rebind.test/', {}, { allowLocal: false })).rejects.toEqual(
    code('outbound.address_not_allowed'),
  );
});

test('S34: DNS rebinding gains nothing: one lookup, whose checked answer is what is connected to', async () => {
  const url = await serve((_request, response) =>
    response.writeHead(200, { connection: 'close' }).end('checked'),
  );
  let lookups = 0;
  const resolve: ResolveHost = async () => {
    lookups += 1;
    return [{ address: lookups === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
  };
  const door = openDoor(resolve);
  const rebinding = url.replace('127.0.0.1', 'rebind.test');
  expect(await (await door.fetch(rebinding, {}, local)).text()).toBe('checked');
  expect(lookups).toBe(1);
  await expect(door.fetch(rebinding, {}, local)).rejects.toEqual(code('outbound.address_not_allowed'));
});

test('S34: a connection made with permission never serves a request without it', async () => {
  const url = await serve((_request, response) => response.end('secret'));
  const door = openDoor();
  expect(await (await door.fetch(url, {}, local)).text()).toBe('secret');
  await expect(door.fetch(url, {}, { allowLocal: false })).rejects.toEqual(
    code('outbound.address_not_allowed'),
  );
});

test('S34: a redirect is checked like a new address', async () => {
  const url = await serve((_request, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
  );
  await expect(openDoor().fetch(url, {}, { ...local, maxRedirects: 3 })).rejects.toEqual(
    code('outbound.address_not_allowed'),
  );
});

test('S34: redirects are bounded, and none is followed by default', async () => {
  const url = await serve((request, response) =>
    response.writeHead(307, { location: `${request.url}x` }).end(),
  );
  await expect(openDoor().fetch(url, {}, local)).rejects.toEqual(code('outbound.too_many_redirects'));
  await expect(openDoor().fetch(url, {}, { ...local, maxRedirects: 5 })).rejects.toEqual(
    code('outbound.too_many_redirects'),
  );
});

test('S34: credentials do not travel to another origin', async () => {
  const seen: Record<string, unknown>[] = [];
  const target = await serve((request, response) => {
    seen.push(request.headers);
    response.end('there');
  });
  const url = await serve((_request, response) => response.writeHead(307, { location: target }).end());
  const headers = { authorization: 'Bearer k', cookie: 'a=b', 'x-api-key': 'k', accept: 'text/plain' };
  const response = await openDoor().fetch(url, { headers }, { ...local, maxRedirects: 1 });
  expect(await response.text()).toBe('there');
  expect(seen[0]).toMatchObject({ accept: 'text/plain' });
  for (const name of ['authorization', 'cookie', 'x-api-key']) expect(seen[0]).not.toHaveProperty(name);
});

test('S34: a bomb is stopped at the limit after unpacking', async () => {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
  const url = await serve((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  );
  const response = await openDoor().fetch(url, {}, { ...local, maxBytes: 1024 * 1024 });
  await expect(response.text()).rejects.toEqual(code('outbound.too_large'));
});

test('S34: an answer that is announced or grows too large is refused', async () => {
  const announced = await serve((_request, response) => response.end(Buffer.alloc(2_000)));
  const growing = await serve((_request, response) => {
    response.write(Buffer.alloc(600));
    response.end(Buffer.alloc(600));
  });
  const policy = { ...local, maxBytes: 1_000 };
  await expect(openDoor().fetch(announced, {}, policy)).rejects.toEqual(code('outbound.too_large'));
  await expect((await openDoor().fetch(growing, {}, policy)).text()).rejects.toEqual(
    code('outbound.too_large'),
  );
});

test('S34: a server that drips headers or a body is cut off', async () => {
  const dripHeaders = await listen(
    createTcpServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x-drip: 1\r\n'), 20);
      socket.on('error', () => {});
      socket.on('close', () => clearInterval(timer));
    }),
  );
  const dripBody = await serve((_request, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  await expect(openDoor().fetch(dripHeaders, {}, { ...local, firstByteTimeoutMs: 200 })).rejects.toEqual(
    code('outbound.timeout'),
  );
  const read = async () => (await openDoor().fetch(dripBody, {}, { ...local, timeoutMs: 300 })).text();
  await expect(read()).rejects.toEqual(code('outbound.timeout'));
});

test('S34: a server that falls silent is cut off after the idle time', async () => {
  const url = await serve((_request, response) => void response.write('begin'));
  const response = await openDoor().fetch(url, {}, { ...local, idleTimeoutMs: 100 });
  await expect(response.text()).rejects.toEqual(code('outbound.timeout'));
});

test('names what went wrong: refused, unknown host, broken connection, nonsense', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setImmediate(() => response.destroy());
  });
  const nonsense = await listen(createTcpServer((socket) => void socket.end('SSH-2.0-OpenSSH\r\n')));
  const unused = await listen(createTcpServer());
  await closers.pop()?.();
  const door = openDoor();
  await expect(door.fetch(unused, {}, local)).rejects.toEqual(code('outbound.refused'));
  await expect((await door.fetch(url, {}, local)).text()).rejects.toEqual(code('outbound.interrupted'));
  await expect(door.fetch(nonsense, {}, local)).rejects.toEqual(code('outbound.bad_response'));
  const unknown = openDoor(() => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })));
  await expect(unknown.fetch('http://nowhere.test/', {}, local)).rejects.toEqual(
    code('outbound.name_not_found'),
  );
});

test('an abort closes the connection and throws its own reason', async () => {
  let closed: (() => void) | undefined;
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const url = await serve((_request, response) => {
    response.write('begin');
    response.on('close', () => closed?.());
  });
  const controller = new AbortController();
  const response = await openDoor().fetch(url, { signal: controller.signal }, local);
  const reason = new Error('the person pressed stop');
  const reading = response.text();
  controller.abort(reason);
  await expect(reading).rejects.toBe(reason);
  await gone;
});

test('sends method, headers and body, and unpacks the answer', async () => {
  const url = await serve((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => {
      response.writeHead(201, { 'content-encoding': 'gzip', 'x-method': request.method });
      response.end(gzipSync(`got ${text} ${request.headers['x-a']}`));
    });
  });
  const response = await openDoor().fetch(
    url,
    { method: 'POST', body: 'hello', headers: { 'x-a': '1' } },
    local,
  );
  expect(response.status).toBe(201);
  expect(response.headers.get('x-method')).toBe('POST');
  expect(await response.text()).toBe('got hello 1');
  expect(response.url).toBe(`${url}/`);
});
