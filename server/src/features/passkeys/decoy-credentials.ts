import { createHmac } from 'node:crypto';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';

export interface ListedCredential {
  id: string;
  transports: string[];
}

const idLengths = [16, 20, 32, 64] as const;

/**
 * Credentials that nobody has, always the same ones for the same address: a list of passkeys must not tell whether there
 * is an account, nor whether it has any (S5, WebAuthn §14.6.2).
 */
export function decoyCredentials(keys: KeyRing, email: string): ListedCredential[] {
  const bytesOf = (part: string): Buffer =>
    createHmac('sha512', keys.current('token-hash').bytes).update(`passkey decoy ${part} ${email}`).digest();
  const shape = bytesOf('shape');
  // Most people have one passkey, some have two.
  const count = (shape[0] ?? 0) < 64 ? 2 : 1;
  return Array.from({ length: count }, (_, index) => ({
    id: bytesOf(String(index))
      .subarray(0, idLengths[(shape[index + 1] ?? 0) % idLengths.length])
      .toString('base64url'),
    transports: ['hybrid', 'internal'],
  }));
}
