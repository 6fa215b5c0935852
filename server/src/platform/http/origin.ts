import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { shareableDomain } from './cookies.ts';

/** Where requests may come from. */
export interface OriginSite {
  /** Configured origin; `undefined` for local use, where the port may not be known beforehand. */
  publicUrl: string | undefined;
  cookieDomain?: string | undefined;
}

/** `same-origin`, `none` of the headers there to tell, or `foreign`. */
export type OriginVerdict = 'own' | 'unknown' | 'foreign';

/**
 * Judges where an unsafe request comes from (S25): Fetch Metadata first, then Origin, then Referer.
 * A `same-site` request is judged by its Origin: a neighbouring host is not this one.
 */
export function judgeOrigin(request: FastifyRequest, site: OriginSite): OriginVerdict {
  const { headers } = request;
  const fetchSite = headers['sec-fetch-site'];
  if (fetchSite === 'cross-site') return 'foreign';
  const source = headers.origin ?? headers.referer;
  if (source !== undefined) return isOwnOrigin(source, request, site) ? 'own' : 'foreign';
  // A browser sets this itself and a page cannot: enough where an extension has stripped the other two.
  return fetchSite === 'same-origin' ? 'own' : 'unknown';
}

function isOwnOrigin(source: string, request: FastifyRequest, site: OriginSite): boolean {
  if (!URL.canParse(source)) return false;
  const url = new URL(source);
  if (site.publicUrl !== undefined && url.origin === site.publicUrl) return true;
  const ownHost = hostOf(request);
  if (ownHost === undefined || url.host !== ownHost) return false;
  // TLS that ends here (the port for devices): a browser got this far only with a certificate of ours for that name.
  if ((request.raw.socket as Partial<TLSSocket>).encrypted) return url.protocol === 'https:';
  const publicIsHttps = site.publicUrl?.startsWith('https:') ?? false;
  if (publicIsHttps) return url.protocol === 'https:' && isBelow(url.hostname, site.cookieDomain);
  return url.protocol === 'http:' && cannotBeRebound(url.hostname);
}

/** The host that the client addressed, in the URL parser's own spelling. */
function hostOf(request: FastifyRequest): string | undefined {
  const text = `http://${request.host}`;
  return URL.canParse(text) ? new URL(text).host : undefined;
}

function isBelow(hostname: string, cookieDomain: string | undefined): boolean {
  const domain = shareableDomain(cookieDomain);
  return domain !== undefined && (hostname === domain || hostname.endsWith(`.${domain}`));
}

const privateSuffix = /\.(?:localhost|local|lan|internal|home\.arpa)$/;

/**
 * Without a configured origin, a page is ours when it names the same host as the request. That holds only for names
 * that no outsider can point at this machine (DNS rebinding): addresses, names without a dot, private suffixes.
 */
function cannotBeRebound(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 || !bare.includes('.') || privateSuffix.test(bare);
}
