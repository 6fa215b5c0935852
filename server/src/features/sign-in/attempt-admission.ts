import { createBoundedCache } from '../../platform/bounded-cache.ts';
import { PasswordWorkOverloaded } from '../accounts/index.ts';

/** `returning`: the attempt brings a device token, which may or may not be one we gave out. */
type Lane = 'returning' | 'unknown';

/** Where an attempt comes from, before anything was read for it. */
export interface AttemptOrigin {
  /** As it is counted: IPv6 by its /64. */
  address: string;
  bringsDeviceToken: boolean;
}

/** The place of one attempt; what it does in the database goes through it. */
export interface AttemptPlace {
  /** Throws `auth.busy` when too many wait, or waited too long. */
  begin<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Says what the database knows of the device. */
  settle(device: { trusted: boolean } | undefined): void;
  /** Work that must not be given up, such as evidence: it waits for its turn, however long that takes. */
  finish<Result>(work: () => Promise<Result>): Promise<Result>;
}

export interface AttemptAdmission {
  /** Calls `attempt` with its place and gives the place free afterwards. */
  admit<Result>(origin: AttemptOrigin, attempt: (place: AttemptPlace) => Promise<Result>): Promise<Result>;
}

const maxWaiting = 200;
const retryAfterSeconds = 3;
/** Attempts with a device token that one address may have under way; further ones count as without. */
const returningAtOnce = 3;
/** So many tokens that are no device of the account, and the address counts as without for a while. */
const toleratedStrangers = 5;
const strangersForMs = 10 * 60_000;
const maxAddresses = 10_000;

/**
 * Bounds how many connections to the database attempts by password may hold: when the disk is slow, a flood from unknown
 * devices must leave some to people on devices of theirs (S7). Which device is trusted only the database can say, so
 * attempts that bring any token have a larger share, until their address has brought too many wrong ones.
 */
export function createAttemptAdmission(
  poolSize: number,
  options: { clock?: { now(): number }; maxWaitMs?: number } = {},
): AttemptAdmission {
  const { clock = performance, maxWaitMs = 5_000 } = options;
  const lanes: Record<Lane, Line> = {
    returning: createLine(Math.max(1, Math.floor(poolSize / 2)), maxWaitMs),
    unknown: createLine(Math.max(1, Math.floor(poolSize / 3)), maxWaitMs),
  };
  const underWay = new Map<string, number>();
  const strangers = createBoundedCache<{ seen: number }>(maxAddresses, { ttl: strangersForMs, perf: clock });
  const laneOf = ({ address, bringsDeviceToken }: AttemptOrigin): Lane =>
    bringsDeviceToken &&
    (underWay.get(address) ?? 0) < returningAtOnce &&
    (strangers.get(address)?.seen ?? 0) < toleratedStrangers
      ? 'returning'
      : 'unknown';
  const countStranger = (address: string): void => {
    strangers.set(address, { seen: (strangers.get(address)?.seen ?? 0) + 1 });
  };

  return {
    async admit(origin, attempt) {
      const { address } = origin;
      const lane = laneOf(origin);
      let line: Line | undefined = lanes[lane];
      if (lane === 'returning') underWay.set(address, (underWay.get(address) ?? 0) + 1);
      try {
        return await attempt({
          begin: (work) => lanes[lane].run(work, true),
          settle(device) {
            line = device?.trusted ? undefined : lanes.unknown;
            if (origin.bringsDeviceToken && !device) countStranger(address);
          },
          finish: (work) => (line ? line.run(work, false) : work()),
        });
      } finally {
        if (lane === 'returning') leave(underWay, address);
      }
    },
  };
}

function leave(underWay: Map<string, number>, address: string): void {
  const others = (underWay.get(address) ?? 1) - 1;
  if (others === 0) underWay.delete(address);
  else underWay.set(address, others);
}

interface Line {
  run<Result>(work: () => Promise<Result>, mayRefuse: boolean): Promise<Result>;
}

/** At most `size` at once, first come, first served; what may not be refused goes first, as it ends an attempt. */
function createLine(size: number, maxWaitMs: number): Line {
  const ending = new Set<() => void>();
  const beginning = new Set<() => void>();
  let free = size;
  const release = (): void => {
    const [next] = ending.size > 0 ? ending : beginning;
    if (!next) free += 1;
    else {
      ending.delete(next);
      beginning.delete(next);
      next();
    }
  };
  return {
    async run(work, mayRefuse) {
      if (free > 0) free -= 1;
      else if (mayRefuse) await waitBriefly(beginning, maxWaitMs);
      else await new Promise<void>((resolve) => ending.add(resolve));
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}

async function waitBriefly(waiting: Set<() => void>, maxWaitMs: number): Promise<void> {
  if (waiting.size >= maxWaiting) throw PasswordWorkOverloaded.with({ retryAfterSeconds });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  waiting.add(resolve);
  const timer = setTimeout(() => {
    waiting.delete(resolve);
    reject(PasswordWorkOverloaded.with({ retryAfterSeconds }));
  }, maxWaitMs);
  await promise.finally(() => clearTimeout(timer));
}
