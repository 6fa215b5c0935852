import { judgeAddress } from '../../platform/outbound-http/index.ts';
import { InvalidIssuer } from './oauth.errors.ts';

const discoveryPath = /\/\.well-known\/(?:openid-configuration|oauth-authorization-server).*$/;

/**
 * The issuer as discovery needs it: what people copy along (the address of the metadata) is removed, nothing else is
 * changed, since tokens must name it letter for letter. Throws `oauth.invalid_issuer`.
 */
export function normalizeIssuer(text: string, allowLocal: boolean): string {
  const issuer = text.trim().replace(discoveryPath, '');
  if (!URL.canParse(issuer))
    throw invalid('no_address', 'This is not an address. An issuer begins with https://.');
  const url = new URL(issuer);
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw invalid('too_much', 'An issuer holds no query, fragment, user name or password.');
  if (url.protocol !== 'https:' && !(allowLocal && mayBePlain(url)))
    throw invalid(
      'not_encrypted',
      'The issuer must begin with https://. Only a local address that you allow explicitly may begin with http://.',
    );
  return issuer;
}

function invalid(reason: string, detail: string): Error {
  return InvalidIssuer.with({ detail, reason, errors: [{ field: 'issuer', detail }] });
}

const localSuffix = /(?:^|\.)(?:localhost|local|lan|internal|home\.arpa)$/;

/** True for http addresses that stay within this machine or its own network, where no certificate can be had. */
export function mayBePlain(url: URL): boolean {
  if (url.protocol !== 'http:') return false;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return (
    localSuffix.test(host) ||
    (!host.includes('.') && !host.includes(':')) ||
    judgeAddress(host, { allowLocal: false }) === 'local'
  );
}
