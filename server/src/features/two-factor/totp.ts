import { Secret as OtpSecret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';
import { Secret } from '../../platform/crypto/secret.ts';

/** 160 bits, as RFC 4226 §4 recommends. */
const secretBytes = 20;
const periodSeconds = 30;
/** People's clocks are off, and a code may be typed as it changes: one step before and after counts too. */
export const stepTolerance = 1;
// What every authenticator app understands; some ignore other values silently and then show wrong codes.
const parameters = { algorithm: 'SHA1', digits: 6, period: periodSeconds } as const;
const quietZoneModules = 4;

/** A new shared secret in Base32, as authenticator apps take it. */
export function makeTotpSecret(): Secret {
  return new Secret(new OtpSecret({ size: secretBytes }).base32);
}

/**
 * The time step (RFC 6238 §4.2) that `code` belongs to, within one step of `nowMs`; `undefined` when it matches none.
 * Spaces in the code are ignored. Compares in constant time.
 */
export function findTotpStep(secret: Secret, code: string, nowMs: number): number | undefined {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = TOTP.validate({
    ...parameters,
    token,
    secret: OtpSecret.fromBase32(secret.reveal()),
    timestamp: nowMs,
    window: stepTolerance,
  });
  return delta === null ? undefined : TOTP.counter({ period: periodSeconds, timestamp: nowMs }) + delta;
}

/** The key URI that authenticator apps read, and the same as a QR code. */
export function describeTotpSecret(
  secret: Secret,
  issuer: string,
  account: string,
): { otpauthUrl: string; qrSvg: string } {
  const totp = new TOTP({ ...parameters, issuer, label: account, secret: secret.reveal() });
  const otpauthUrl = totp.toString();
  return { otpauthUrl, qrSvg: renderSVG(otpauthUrl, { ecc: 'M', border: quietZoneModules, pixelSize: 4 }) };
}
