import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createAccessTokens, tokenAudience, tokenIssuer } from '../../src/features/sessions/access-token.ts';
import { createKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';

const master = 'a master secret for tests of access tokens';
const keys = createKeyRing([new Secret(master)]);
const nowMs = 1_800_000_000_000;
const seconds = nowMs / 1000;
const tokens = createAccessTokens({ keys, now: () => nowMs });
const claims = { userId: 'user-1', sessionId: 'session-1', version: 3, expiresAtMs: nowMs + 60_000 };
const key = keys.current('access-token');

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
function forge(header: object, payload: object, secret: Buffer = key.bytes, hash = 'sha256'): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}
const header = { alg: 'HS256', typ: 'at+jwt', kid: key.id };
const clock = Math.floor(Date.now() / 1000);
const payload = {
  iss: tokenIssuer,
  aud: tokenAudience,
  sub: 'user-1',
  sid: 'session-1',
  ver: 3,
  iat: clock,
  nbf: clock,
  exp: clock + 600,
};
const live = createAccessTokens({ keys, now: () => Date.now() });

describe('S17: access tokens', () => {
  test('read back what was issued, and the same again from memory', () => {
    const issued = createAccessTokens({ keys, now: () => Date.now() }).issue({
      ...claims,
      expiresAtMs: seconds * 1000,
    });
    const expected = { userId: 'user-1', sessionId: 'session-1', version: 3, expiresAtMs: nowMs };
    expect(live.read(issued)).toEqual(expected);
    expect(live.read(issued)).toEqual(expected);
    expect(issued.split('.')[0]).toBe(encode(header));
  });

  test('a hand-made token with exactly these parts is accepted (the forgeries below differ in one thing each)', () => {
    expect(live.read(forge(header, payload))).toMatchObject({ userId: 'user-1' });
  });

  test.each([
    ['algorithm none', `${encode({ ...header, alg: 'none' })}.${encode(payload)}.`],
    ['algorithm HS512 with our key', forge({ ...header, alg: 'HS512' }, payload, key.bytes, 'sha512')],
    ['HS512 under an HS256 header', forge(header, payload, key.bytes, 'sha512')],
    ['an unknown kid', forge({ ...header, kid: 'ffffffff' }, payload)],
    ['no kid', forge({ alg: 'HS256', typ: 'at+jwt' }, payload)],
    ['a type of other tokens', forge({ ...header, typ: 'JWT' }, payload)],
    ['another issuer', forge(header, { ...payload, iss: 'https://evil.example' })],
    ['another audience', forge(header, { ...payload, aud: 'other' })],
    ['not valid yet', forge(header, { ...payload, nbf: clock + 600 })],
    ['issued in the future', forge(header, { ...payload, iat: clock + 600 })],
    ['no expiry', forge(header, { ...payload, exp: undefined })],
    ['no session', forge(header, { ...payload, sid: undefined })],
    ['no version', forge(header, { ...payload, ver: undefined })],
    ['another key', forge(header, payload, Buffer.alloc(32))],
    ['the key of another purpose', forge(header, payload, keys.current('csrf').bytes)],
    ['nonsense', 'a.b.c'],
    ['nothing', ''],
  ])('refuses %s', (_name, token) => {
    expect(live.read(token)).toBeUndefined();
  });

  test('never looks at jku, x5u or jwk', () => {
    const hostile = {
      jku: 'https://evil.example/keys',
      x5u: 'https://evil.example/x',
      jwk: { kty: 'oct', k: encode('evil') },
    };
    expect(live.read(forge({ ...header, ...hostile }, payload, Buffer.from('evil')))).toBeUndefined();
    expect(live.read(forge({ ...header, ...hostile }, payload))).toMatchObject({ sessionId: 'session-1' });
  });

  test('an expired token says whose it was and when it ended; the caller refuses it', () => {
    const token = forge(header, { ...payload, exp: clock - 10 });
    expect(live.read(token)?.expiresAtMs).toBeLessThan(Date.now());
  });

  test('tokens of the master secret before a rotation are accepted while it is configured', () => {
    const rotated = createKeyRing([
      new Secret('a newer master secret for access tokens'),
      new Secret(master),
    ]);
    expect(
      createAccessTokens({ keys: rotated, now: () => Date.now() }).read(forge(header, payload)),
    ).toBeDefined();
    const without = createKeyRing([new Secret('a newer master secret for access tokens')]);
    expect(
      createAccessTokens({ keys: without, now: () => Date.now() }).read(forge(header, payload)),
    ).toBeUndefined();
  });

  test('one key of 256 bits per purpose', () => {
    const purposes = ['access-token', 'csrf', 'data', 'audit-chain', 'token-hash'] as const;
    const texts = purposes.map((purpose) => keys.current(purpose).bytes.toString('hex'));
    expect(new Set(texts).size).toBe(purposes.length);
    expect(texts.every((text) => text.length === 64)).toBe(true);
    expect(tokens.read(keys.current('csrf').bytes.toString('hex'))).toBeUndefined();
  });
});
