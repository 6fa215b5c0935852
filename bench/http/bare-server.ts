// The baseline of P1 and P4: node:http that verifies one HMAC (or none) and answers fixed bytes. P4 is held against the
// same bytes, so it gets the header lines of the product's answer too; P1 against the same JSON, with no more headers
// than it needs.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// Prepared once, as a careful server would: bytes would be converted at each use.
const key = createSecretKey(Buffer.alloc(32, 7));
const body = process.env.BODY ?? '{}';
const headers = process.env.HEADERS
  ? (JSON.parse(process.env.HEADERS) as string[])
  : ['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(body))];
const token = `payload.${createHmac('sha256', key).update('payload').digest('base64url')}`;

const server = createServer((request, response) => {
  if (request.url === '/verified') {
    const given = (request.headers.cookie ?? '').slice('token='.length);
    const at = given.indexOf('.');
    const expected = createHmac('sha256', key).update(given.slice(0, at)).digest();
    if (!timingSafeEqual(expected, Buffer.from(given.slice(at + 1), 'base64url'))) {
      response.writeHead(401).end();
      return;
    }
  }
  response.writeHead(200, headers);
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port, cookie: `token=${token}` }));
});
