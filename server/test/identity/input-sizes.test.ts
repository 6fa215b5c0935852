import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalEmail, findPasswordProblem, isPasswordTooLong } from '../../src/features/accounts/index.ts';
import { storable } from '../../src/features/audit/index.ts';
import { deviceTokenHashes } from '../../src/features/devices/index.ts';
import { createAccessTokens } from '../../src/features/sessions/access-token.ts';
import { parseCsrfToken } from '../../src/features/sessions/csrf.ts';
import { readBearer } from '../../src/features/sessions/request-guard.ts';
import { createKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';
import { findCookie } from '../../src/platform/http/cookies.ts';
import { createTestApp, type TestApp, testMasterSecret } from '../test-app.ts';

const large = 100_000;

/** A text of which nothing but its length may be asked. */
function onlyLength(length: number): string {
  const text = new Proxy(
    { length },
    {
      get(target, property) {
        if (property === 'length') return target.length;
        throw new Error(`${String(property)} of a text of ${length} characters was used`);
      },
    },
  );
  return text as unknown as string;
}

/** A text that counts the characters that are looked at or copied. */
class CountedText {
  seen = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  indexOf(part: string, from = 0): number {
    const at = this.#text.indexOf(part, from);
    this.seen += (at === -1 ? this.#text.length : at + part.length) - from;
    return at;
  }

  charCodeAt(index: number): number {
    this.seen += 1;
    return this.#text.charCodeAt(index);
  }

  slice(from: number, to?: number): string {
    const part = this.#text.slice(from, to);
    this.seen += part.length;
    return part;
  }
}

function charactersSeen(text: string, work: (text: string) => unknown): number {
  const counted = new CountedText(text);
  work(counted as unknown as string);
  return counted.seen;
}

describe('S38: large inputs do not stall sign-in', () => {
  const person = { email: 'a@example.org', displayName: 'A' };
  const tokens = createAccessTokens({ keys: createKeyRing([new Secret(testMasterSecret)]), now: Date.now });

  test.each<[string, (text: string) => unknown, unknown]>([
    ['an e-mail address', canonicalEmail, undefined],
    ['a password that is checked', isPasswordTooLong, true],
    [
      'a new password',
      (text) => findPasswordProblem(text, person),
      expect.objectContaining({ field: 'password', detail: 'is longer than 1024 bytes' }),
    ],
    ['a CSRF token', parseCsrfToken, undefined],
    ['an access token', (text) => tokens.read(text), undefined],
    ['a device cookie', deviceTokenHashes, []],
  ])('%s over its bound is refused by its length alone', (_name, parse, refusal) => {
    expect(parse(onlyLength(large))).toEqual(refusal);
  });

  test.each<[string, (length: number) => string]>([
    ['no such cookie', (length) => 'a'.repeat(length)],
    ['the name without a value, again and again', (length) => 'device'.repeat(length / 6)],
    ['the name inside other names', (length) => 'xdevice='.repeat(length / 8)],
    [
      'spaces before each name',
      (length) => `${' '.repeat(50)}x${' '.repeat(50)}device=`.repeat(length / 108),
    ],
    ['one run of spaces', (length) => `x${' '.repeat(length)}device=`],
    ['empty values', (length) => 'device=;'.repeat(length / 8)],
    ['one large value', (length) => `device=${'v'.repeat(length)}`],
  ])('a Cookie header is read in time that grows with its length: %s', (_name, textOf) => {
    const find = (text: string): unknown => findCookie(text, 'device');
    const half = charactersSeen(textOf(large / 2), find);
    const whole = charactersSeen(textOf(large), find);
    expect(whole).toBeLessThanOrEqual(2.1 * half);
    expect(whole).toBeLessThanOrEqual(4 * large);
  });

  test('an Authorization header is copied once', () => {
    expect(charactersSeen(`Bearer ${'x'.repeat(large)}`, readBearer)).toBeLessThanOrEqual(large + 100);
    expect(charactersSeen('x'.repeat(large), readBearer)).toBeLessThanOrEqual(100);
  });

  test('no more of a user agent is looked at than could be kept', () => {
    expect(charactersSeen('x'.repeat(large), (text) => storable(text, 300))).toBe(1_200);
  });
});

describe('S38: large headers', () => {
  let app: TestApp;
  let port: number;
  beforeAll(async () => {
    app = await createTestApp({ guard: 'real', role: 'api', environ: { TRUSTED_PROXIES: '127.0.0.1' } });
    port = Number(new URL(await app.listen()).port);
  });
  afterAll(() => app.stop());

  function statusFor(header: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('data', (chunk) => {
      resolve(chunk.toString('latin1').slice(9, 12));
      socket.destroy();
    });
    socket.once('error', reject);
    socket.write(`GET /api/v1/auth/status HTTP/1.1\r\nHost: 127.0.0.1\r\n${header}\r\n\r\n`);
    return promise;
  }

  test.each(['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Cookie', 'Authorization'])(
    '%s of 100 KB is refused before it is parsed',
    async (name) => {
      expect(await statusFor(`${name}: ${'127.0.0.1, '.repeat(large / 11)}127.0.0.1`)).toBe('431');
      expect(await statusFor(`${name}: 127.0.0.1`)).toBe('200');
    },
  );
});
