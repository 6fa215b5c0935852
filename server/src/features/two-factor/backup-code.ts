import { randomInt } from 'node:crypto';

export const backupCodeCount = 10;
/** Crockford's letters: none that is taken for another (I, L, O, U are not in it). */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const secretLength = 8;
const groupLength = 4;

export interface BackupCode {
  /** Which of the ten it is: one hash is computed to check it (S14). */
  position: number;
  /** What is hashed: eight letters, 40 bits. */
  secret: string;
}

/** Ten new codes from the system's random source. */
export function makeBackupCodes(): BackupCode[] {
  return Array.from({ length: backupCodeCount }, (_, position) => ({
    position,
    secret: Array.from({ length: secretLength }, () => alphabet[randomInt(alphabet.length)]).join(''),
  }));
}

/** As people see it: `3-KX7Q-M2PD`. */
export function printBackupCode({ position, secret }: BackupCode): string {
  return `${position}-${secret.slice(0, groupLength)}-${secret.slice(groupLength)}`;
}

/** Reads what a person typed, forgiving case, spaces, dashes and look-alike letters; `undefined` for anything else. */
export function readBackupCode(text: string): BackupCode | undefined {
  if (text.length > 40) return undefined;
  const typed = text
    .toUpperCase()
    .replace(/[\s\-–—_.]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  const match = /^(\d)([0-9A-HJKMNP-TV-Z]{8})$/.exec(typed);
  return match?.[1] && match[2] ? { position: Number(match[1]), secret: match[2] } : undefined;
}
