import { createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Secret } from './secret.ts';

export type KeyPurpose = 'access-token' | 'csrf' | 'data' | 'audit-chain' | 'token-hash' | 'bus';

export interface Key {
  /** Names the master secret it comes from, so that rotation can overlap. */
  id: string;
  bytes: Buffer;
}

/** One 256-bit key per purpose, derived by HKDF-SHA-256 (RFC 5869) from each master secret. */
export interface KeyRing {
  /** Ids of the master secrets, newest first. */
  readonly ids: readonly string[];
  /** The key that signs and seals now: do not keep it, a rotation may change it at any time. */
  current(purpose: KeyPurpose): Key;
  /** Signs with this master secret from now on: the newest one that every running process knows. */
  signWith(id: string): void;
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
  const ids = masters.map(idOf);
  let signing = 0;
  return {
    ids,
    all,
    current: (purpose) => all(purpose)[signing] ?? deriveKey(first, purpose),
    signWith(id) {
      const position = ids.indexOf(id);
      if (position === -1) throw new Error(`There is no master secret with the id ${id}.`);
      signing = position;
    },
    find: (purpose, id) => all(purpose).find((key) => key.id === id),
  };
}

function deriveKey(master: Secret, purpose: KeyPurpose): Key {
  const bytes = hkdfSync('sha256', master.reveal(), 'aiwfe', `aiwfe ${purpose}`, 32);
  return { id: idOf(master), bytes: Buffer.from(bytes) };
}

function idOf(master: Secret): string {
  return createHash('sha256').update(`aiwfe key id ${master.reveal()}`).digest('hex').slice(0, 8);
}

/** Compares in constant time; texts of different length are unequal. */
export function equalInConstantTime(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
