import { isIP } from 'node:net';
import { PasskeysUnavailable } from './passkeys.errors.ts';

/** The site that a passkey is made for and must answer to (WebAuthn §4). */
export interface RelyingParty {
  /** RP ID: a host name. */
  id: string;
  /** The one origin that may use it. */
  origin: string;
}

/**
 * The relying party by configuration. Without a configured address it is localhost at the port that the client
 * addressed; no other name that a client sends is believed. Throws `passkeys.unavailable_here` where browsers have no
 * passkeys: at an address without a name, or without https.
 */
export function relyingPartyOf(publicUrl: string | undefined, host: string): RelyingParty {
  const text = publicUrl ?? `http://${host}`;
  if (!URL.canParse(text)) throw PasskeysUnavailable.with();
  const url = new URL(text);
  const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
  const usable = local
    ? publicUrl !== undefined || url.hostname === 'localhost'
    : publicUrl !== undefined && url.protocol === 'https:' && !isAddress(url.hostname);
  if (!usable) throw PasskeysUnavailable.with();
  return { id: url.hostname, origin: url.origin };
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}
