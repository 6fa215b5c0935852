import { createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Secret } from './secret.ts';

export type KeyPurpose = 'access-token' | 'csrf' | 'data' | 'audit-chain' | 'token-hash';

export interface Key {
  /** Names the master secret it comes from, so that rotation can overlap. */
  id: string;
  bytes: Buffer;
}

/** One 256-bit key per purpose, derived by HKDF-SHA-256 (RFC 5869) from each master secret; the first one signs. */
export interface KeyRing {
  current(purpose: KeyPurpose): Key;
  find(purpose: KeyPurpose, id: string): Key | undefined;
  all(purpose: KeyPurpose): Key[];
}

/** Builds the key ring from master secrets, newest first. */
export function createKeyRing(masters: Secret[]): KeyRing {
  const first = masters[0];
  if (!first) throw new Error('A key ring needs at least one master secret.');
  const derived = new Map<KeyPurpose, Key[]>();
  const all = (purpose: KeyPurpose): Key[] => {
    const known = derived.get(purpose);
    if (known) return known;
    const keys = masters.map((master) => deriveKey(master, purpose));
    derived.set(purpose, keys);
    return keys;
  };
  return {
    all,
    current: (purpose) => all(purpose)[0] ?? deriveKey(first, purpose),
    find: (purpose, id) => all(purpose).find((key) => key.id === id),
  };
}

function deriveKey(master: Secret, purpose: KeyPurpose): Key {
  const value = master.reveal();
  const id = createHash('sha256').update(`aiwfe key id ${value}`).digest('hex').slice(0, 8);
  return { id, bytes: Buffer.from(hkdfSync('sha256', value, 'aiwfe', `aiwfe ${purpose}`, 32)) };
}

/** Compares in constant time; texts of different length are unequal. */
export function equalInConstantTime(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
