import { isIP } from 'node:net';
import type { FastifyReply } from 'fastify';

/** Where the product is reached, as far as cookies care. */
export interface CookieSite {
  /** The public origin is https. */
  secure: boolean;
  /** `COOKIE_DOMAIN`; host-only cookies without it. */
  cookieDomain?: string | undefined;
}

export type CookieKind =
  | 'access_token'
  | 'refresh_token'
  | 'csrf_token'
  | 'presession'
  | 'device'
  | 'oauth_state';

export interface CookieShape {
  name: string;
  path: string;
  domain: string | undefined;
  secure: boolean;
  httpOnly: true;
  sameSite: 'Lax';
}

/** The only paths that ever need the refresh token, and what binds a sign-in at a provider to its browser. */
const narrowPaths: Partial<Record<CookieKind, string>> = {
  refresh_token: '/api/v1/auth',
  oauth_state: '/api/v1/oauth',
};

/**
 * Decides every name and attribute of every cookie (S18, incident I10); nothing else in the program does.
 * https: `__Host-`, which pins the cookie to this very host and demands Path=/ (RFC 6265bis §4.1.3.2), so narrow
 * paths are given up there: a path hides nothing from another page of the same host (§8.6), while the
 * prefix stops a neighbouring host from planting one. https with COOKIE_DOMAIN: `__Secure-` and Domain. http: plain.
 */
export function decideCookie(kind: CookieKind, site: CookieSite): CookieShape {
  const domain = shareableDomain(site.cookieDomain);
  const prefix = !site.secure ? '' : domain === undefined ? '__Host-' : '__Secure-';
  const path = (prefix === '__Host-' ? undefined : narrowPaths[kind]) ?? '/';
  return { name: `${prefix}${kind}`, path, domain, secure: site.secure, httpOnly: true, sameSite: 'Lax' };
}

/** A Domain attribute that browsers accept: never for an address, `localhost` or a name without a dot. */
export function shareableDomain(configured: string | undefined): string | undefined {
  const name = configured?.trim().toLowerCase().replace(/^\./, '').replace(/\.$/, '') ?? '';
  if (name === '' || !name.includes('.') || isIP(name) !== 0 || name.includes(':')) return undefined;
  if (name.endsWith('.localhost')) return undefined;
  return name;
}

export interface Cookies {
  readonly shapes: Readonly<Record<CookieKind, CookieShape>>;
  /** The value sent by the client, read from the `Cookie` header on demand. */
  read(header: string | undefined, kind: CookieKind): string | undefined;
  /** True when any of our cookies was sent. */
  hasAny(header: string | undefined): boolean;
  set(reply: FastifyReply, kind: CookieKind, value: string, maxAgeSeconds: number): void;
  clear(reply: FastifyReply, kind: CookieKind): void;
}

const kinds: readonly CookieKind[] = [
  'access_token',
  'refresh_token',
  'csrf_token',
  'presession',
  'device',
  'oauth_state',
];

/** Reads and writes cookies of one site: only the names that `decideCookie` gives, never a second spelling. */
export function createCookies(site: CookieSite): Cookies {
  const shapes = Object.fromEntries(kinds.map((kind) => [kind, decideCookie(kind, site)])) as Record<
    CookieKind,
    CookieShape
  >;
  const suffixes = Object.fromEntries(kinds.map((kind) => [kind, attributeText(shapes[kind])])) as Record<
    CookieKind,
    string
  >;
  const read = (header: string | undefined, kind: CookieKind): string | undefined =>
    header === undefined ? undefined : findCookie(header, shapes[kind].name);
  return {
    shapes,
    read,
    hasAny: (header) => header !== undefined && kinds.some((kind) => read(header, kind) !== undefined),
    set(reply, kind, value, maxAgeSeconds) {
      reply.header(
        'set-cookie',
        `${shapes[kind].name}=${value}; Max-Age=${Math.floor(maxAgeSeconds)}${suffixes[kind]}`,
      );
    },
    clear(reply, kind) {
      reply.header('set-cookie', `${shapes[kind].name}=; Max-Age=0${suffixes[kind]}`);
    },
  };
}

function attributeText(shape: CookieShape): string {
  return [
    '',
    `Path=${shape.path}`,
    ...(shape.domain === undefined ? [] : [`Domain=${shape.domain}`]),
    'HttpOnly',
    ...(shape.secure ? ['Secure'] : []),
    `SameSite=${shape.sameSite}`,
  ].join('; ');
}

/** First value of `name` in a Cookie header (RFC 6265 §4.2.1); linear, allocates the value only. */
export function findCookie(header: string, name: string): string | undefined {
  let from = 0;
  for (;;) {
    const at = header.indexOf(name, from);
    if (at === -1) return undefined;
    const end = at + name.length;
    from = end;
    if (header.charCodeAt(end) !== 0x3d || !startsPair(header, at)) continue;
    const stop = header.indexOf(';', end);
    const value = header.slice(end + 1, stop === -1 ? undefined : stop).trim();
    return value === '' ? undefined : value;
  }
}

function startsPair(header: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && header.charCodeAt(before) === 0x20) before -= 1;
  return before < 0 || header.charCodeAt(before) === 0x3b;
}
