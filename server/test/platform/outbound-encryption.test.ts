import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadAuthorityTools } from '../../src/features/client-certificates/index.ts';
import { createOutboundDoor } from '../../src/platform/outbound-http/index.ts';

const trusted = tls.getCACertificates('default');
const door = createOutboundDoor({ userAgent: 'test' });
const servers: Server[] = [];
const asked: string[] = [];
let plain: string;
let encrypted: string;

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const { makeAuthority, openAuthority } = await loadAuthorityTools();
  const authority = await makeAuthority('Test', new Date());
  const { certificatePem, privateKeyPem } = await (await openAuthority(authority)).issueServer(
    ['127.0.0.1'],
    new Date(),
  );
  tls.setDefaultCACertificates([...trusted, authority.certificatePem]);
  plain = `http://127.0.0.1:${await listen(createPlainServer(answer))}`;
  encrypted = `https://127.0.0.1:${await listen(createServer({ cert: certificatePem, key: privateKeyPem }, answer))}`;
});
afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  await door.close();
  for (const server of servers) server.close();
});

const answer: RequestListener = (request, response) => {
  asked.push(`${'encrypted' in request.socket ? 'https' : 'http'} ${request.url}`);
  const location = new URL(request.url ?? '', plain).searchParams.get('to');
  response.writeHead(location === null ? 200 : 307, location === null ? {} : { location }).end('there');
};
const follow = (url: string) => door.fetch(url, {}, { allowLocal: true, maxRedirects: 1 });

it('S34: a redirect leads from http to https, and never from https to http', async () => {
  const up = await follow(`${plain}/?to=${encodeURIComponent(`${encrypted}/end`)}`);
  expect(await up.text()).toBe('there');
  expect(asked.at(-1)).toBe('https /end');
  await expect(follow(`${encrypted}/?to=${encodeURIComponent(`${plain}/secret`)}`)).rejects.toMatchObject({
    code: 'outbound.address_not_allowed',
  });
  expect(asked).not.toContain('http /secret');
});
