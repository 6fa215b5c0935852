import { PublicUrlNeeded } from './oauth.errors.ts';

const loopback = /^(?:localhost|(?:[a-z0-9-]+\.)*localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * The one address that providers send people back to. It is built from the configured origin; without one, from the
 * address of this request where that is a loopback one, which nobody else's browser can mean. Never from another Host.
 * Throws `oauth.public_url_needed`.
 */
export function redirectUri(publicUrl: string | undefined, host: string, providerId: string): string {
  return `${publicUrl ?? localOrigin(host)}/api/v1/oauth/${providerId}/callback`;
}

function localOrigin(host: string): string {
  const text = `http://${host}`;
  if (!URL.canParse(text)) throw PublicUrlNeeded.with();
  const url = new URL(text);
  if (!loopback.test(url.hostname)) throw PublicUrlNeeded.with();
  return url.origin;
}
