import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type CookieSite, createCookies, decideCookie, findCookie } from '../../src/platform/http/cookies.ts';

const table: [
  string,
  CookieSite,
  { access: string; refreshPath: string; domain?: string; secure: boolean },
][] = [
  [
    'localhost over http',
    { secure: false },
    { access: 'access_token', refreshPath: '/api/v1/auth', secure: false },
  ],
  [
    'an address over http on the LAN',
    { secure: false },
    { access: 'access_token', refreshPath: '/api/v1/auth', secure: false },
  ],
  ['apex over https', { secure: true }, { access: '__Host-access_token', refreshPath: '/', secure: true }],
  ['www over https', { secure: true }, { access: '__Host-access_token', refreshPath: '/', secure: true }],
  [
    'a custom port over https',
    { secure: true },
    { access: '__Host-access_token', refreshPath: '/', secure: true },
  ],
  [
    'apex and www shared by COOKIE_DOMAIN',
    { secure: true, cookieDomain: '.Example.org' },
    { access: '__Secure-access_token', refreshPath: '/api/v1/auth', domain: 'example.org', secure: true },
  ],
  [
    'COOKIE_DOMAIN over http',
    { secure: false, cookieDomain: 'lan.example' },
    { access: 'access_token', refreshPath: '/api/v1/auth', domain: 'lan.example', secure: false },
  ],
  [
    'COOKIE_DOMAIN .localhost',
    { secure: false, cookieDomain: '.localhost' },
    { access: 'access_token', refreshPath: '/api/v1/auth', secure: false },
  ],
  [
    'COOKIE_DOMAIN that is an address',
    { secure: true, cookieDomain: '192.168.1.5' },
    { access: '__Host-access_token', refreshPath: '/', secure: true },
  ],
  [
    'COOKIE_DOMAIN that is an IPv6 address',
    { secure: true, cookieDomain: '::1' },
    { access: '__Host-access_token', refreshPath: '/', secure: true },
  ],
];

describe('S18, I10: one function decides every cookie', () => {
  test.each(table)('%s', (_name, site, expected) => {
    const access = decideCookie('access_token', site);
    const refresh = decideCookie('refresh_token', site);
    expect(access).toEqual({
      name: expected.access,
      path: '/',
      domain: expected.domain,
      secure: expected.secure,
      httpOnly: true,
      sameSite: 'Lax',
    });
    expect(refresh.path).toBe(expected.refreshPath);
    if (access.name.startsWith('__Host-'))
      expect([refresh.domain, refresh.secure, refresh.path]).toEqual([undefined, true, '/']);
  });

  test('accepts only the spelling of its own site', () => {
    const https = createCookies({ secure: true });
    const http = createCookies({ secure: false });
    expect(https.read('access_token=planted; __Secure-access_token=planted', 'access_token')).toBeUndefined();
    expect(http.read('__Host-access_token=other', 'access_token')).toBeUndefined();
    expect(https.read('a=b; __Host-access_token=good', 'access_token')).toBe('good');
  });

  test('I2: a COOKIE_DOMAIN that does not cover the public host stops the start, by name', () => {
    const start = (cookieDomain: string) =>
      loadConfig({ PUBLIC_URL: 'https://ai.example.org', COOKIE_DOMAIN: cookieDomain });
    expect(() => start('example.com')).toThrow(/COOKIE_DOMAIN/);
    expect(start('example.org').http.cookieDomain).toBe('example.org');
  });

  test('finds a cookie by its whole name only', () => {
    expect(
      findCookie('xaccess_token=1; access_token2=2;access_token=3; access_token=4', 'access_token'),
    ).toBe('3');
    expect(findCookie('a=access_token=1', 'access_token')).toBeUndefined();
    expect(findCookie('access_token=', 'access_token')).toBeUndefined();
  });
});
