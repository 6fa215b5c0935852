import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { PasswordWorkOverloaded } from './accounts.errors.ts';

export interface PasswordCost {
  memoryKib: number;
  passes: number;
  lanes: number;
}

/** OWASP Password Storage: argon2id, 19 MiB, two passes, one lane (S1). */
export const currentPasswordCost: PasswordCost = { memoryKib: 19_456, passes: 2, lanes: 1 };

/** `known`: of a trusted device or a signed-in person, which a flood of unknown clients must not keep out (S7). */
export type HashPriority = 'known' | 'unknown';

export interface PasswordHasher {
  /** PHC string of argon2id. Throws `auth.busy` when too many wait. */
  hash(password: string, priority?: HashPriority): Promise<string>;
  /**
   * Checks against a stored hash, or against a dummy one where there is none, so that an unknown account costs the
   * same work (S5). `rehash`: the stored hash is of an older kind or cost and should be replaced.
   */
  verify(
    stored: string | undefined,
    password: string,
    priority?: HashPriority,
  ): Promise<{ matches: boolean; rehash: boolean }>;
  /** Verifications and hashes done so far; a test compares them between known and unknown accounts. */
  readonly workDone: number;
  /** What is computed and what waits now. */
  readonly load: { running: number; waiting: number };
}

/** Those who are known have places of their own; counters of their devices and sessions keep them from filling them. */
const maxWaiting: Record<HashPriority, number> = { known: 1_000, unknown: 200 };
// Algorithm.Argon2id: the package exports it as an ambient const enum, which native TypeScript cannot read.
const argon2id = 2;

/** Password hashing off the main thread, as many at once as there are cores; a burst waits or is refused. */
export function createPasswordHasher(cost: PasswordCost = currentPasswordCost): PasswordHasher {
  const slots = createSlots(Math.max(1, availableParallelism()), maxWaiting);
  const options = {
    algorithm: argon2id,
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: cost.lanes,
  } as const;
  let dummy: Promise<string> | undefined;
  let workDone = 0;
  const dummyHash = (): Promise<string> => {
    dummy ??= hash('nobody has this password', options);
    return dummy;
  };
  return {
    hash(password, priority = 'unknown') {
      return slots.run(priority, () => {
        workDone += 1;
        return hash(password, options);
      });
    },
    async verify(stored, password, priority = 'unknown') {
      const against = stored ?? (await dummyHash());
      const matches = await slots.run(priority, () => {
        workDone += 1;
        return isBcrypt(against) ? verifyBcrypt(against, password) : verify(against, password);
      });
      return {
        matches: matches && stored !== undefined,
        rehash: stored !== undefined && isOutdated(stored, cost),
      };
    },
    get workDone() {
      return workDone;
    },
    get load() {
      return slots.load;
    },
  };
}

function isBcrypt(stored: string): boolean {
  return /^\$2[abxy]\$/.test(stored);
}

function isOutdated(stored: string, cost: PasswordCost): boolean {
  if (isBcrypt(stored)) return true;
  const used = parseOptions(stored);
  return (
    used.algorithm !== argon2id ||
    used.memoryCost < cost.memoryKib ||
    used.timeCost < cost.passes ||
    used.parallelism < cost.lanes
  );
}

/** Imported accounts only, once each: a thread of its own costs less than stalling everybody. */
function verifyBcrypt(stored: string, password: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const worker = new Worker(new URL('./bcrypt-verify.worker.ts', import.meta.url), {
    workerData: { password, hash: stored },
  });
  worker.once('message', (matches: boolean) => resolve(matches));
  worker.once('error', reject);
  worker.once('exit', () => reject(new Error('The bcrypt worker ended without an answer.')));
  return promise;
}

interface Slots {
  run<Result>(priority: HashPriority, work: () => Promise<Result>): Promise<Result>;
  readonly load: { running: number; waiting: number };
}

/**
 * At most `size` at once: each argon2 run holds its memory, so this is also the bound on memory. A free slot goes to
 * those who are known, then to the one of the others who waits longest.
 */
export function createSlots(size: number, limits: Record<HashPriority, number>): Slots {
  const waiting: Record<HashPriority, (() => void)[]> = { known: [], unknown: [] };
  let free = size;
  return {
    async run(priority, work) {
      if (free === 0) {
        const queue = waiting[priority];
        if (queue.length >= limits[priority]) throw PasswordWorkOverloaded.with({ retryAfterSeconds: 3 });
        await new Promise<void>((resolve) => queue.push(resolve));
      } else free -= 1;
      try {
        return await work();
      } finally {
        const next = waiting.known.shift() ?? waiting.unknown.shift();
        if (next) next();
        else free += 1;
      }
    },
    get load() {
      return { running: size - free, waiting: waiting.known.length + waiting.unknown.length };
    },
  };
}
