import { createHash } from 'node:crypto';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';

/** Of the 40 characters of a SHA-1 hash: about 800 known passwords share them, so they tell nobody which one it is. */
const prefixLength = 5;
const timeoutMs = 3_000;
const maxBytes = 512 * 1024;

/** Whether a password is in a collection of stolen ones. */
export interface BreachedPasswords {
  includes(password: string): Promise<boolean>;
}

export interface BreachedPasswordsOptions {
  door: OutboundDoor;
  /** Answers `<prefix>` with the rest of each known hash that begins with it, a line each: `<rest>:<count>`. */
  rangeUrl: string;
  log: Logger;
}

/**
 * Asks a range service (k-anonymity, as Have I Been Pwned offers it): only the first characters of the hash leave, and
 * padding hides the size of the answer. A service that is away refuses nobody: the other rules hold without it.
 */
export function createBreachedPasswords({
  door,
  rangeUrl,
  log,
}: BreachedPasswordsOptions): BreachedPasswords {
  // The operator names the address; a copy of the collection within the own network is the most private way.
  const policy = { allowLocal: true, timeoutMs, maxBytes };
  return {
    async includes(password) {
      const hash = createHash('sha1').update(password).digest('hex').toUpperCase();
      try {
        const url = `${rangeUrl}${hash.slice(0, prefixLength)}`;
        const answer = await door.fetch(url, { headers: { 'add-padding': 'true' } }, policy);
        const text = await answer.text();
        if (answer.status !== 200) throw new Error(`The service answered ${answer.status}.`);
        return listsHash(text, hash.slice(prefixLength));
      } catch (error) {
        log.warn({ err: error }, 'a new password could not be looked up among stolen ones');
        return false;
      }
    },
  };
}

/** Lines with the count 0 are padding. */
function listsHash(text: string, rest: string): boolean {
  return text.split('\n').some((line) => {
    const [suffix = '', count = '0'] = line.trim().split(':');
    return suffix.toUpperCase() === rest && Number(count) > 0;
  });
}
