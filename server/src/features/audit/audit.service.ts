import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import {
  type AuditEntry,
  auditExpressions,
  type Executor,
  insertAuditEvent,
  type PackedEvent,
  packEvent,
} from './audit.queries.ts';
import { type AuditChainReport, sealAuditEvents, verifyAuditChain } from './audit-chain.ts';

const sealDelayMs = 500;
const sealAgainMs = 3_000;

/** How often this process stored such an event. */
export interface AuditTally {
  action: string;
  outcome: string;
  factor: string;
  code: string;
  count: number;
}

export interface AuditTrail {
  /** Stores one event in the caller's transaction. */
  record(executor: Executor, entry: AuditEntry): Promise<void>;
  /** As common table expressions of a larger statement; `source` gives the row the event depends on. */
  expressions(...parameters: Parameters<typeof auditExpressions>): ReturnType<typeof auditExpressions>;
  /** For a database function that stores the event as part of its work. */
  pack(entry: AuditEntry): PackedEvent;
  /** Seals what waits, now. Returns how many events were sealed. */
  seal(): Promise<number>;
  verify(): Promise<AuditChainReport>;
  /** Since the process began. */
  tallies(): Iterable<AuditTally>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The append-only record of attempts and security changes (S39), sealed into a hash chain in the background. */
export function createAuditTrail(options: { db: Database; keys: KeyRing; log: Logger }): AuditTrail {
  const { db, keys, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let started = false;
  let emptyRuns = 0;

  const schedule = (delayMs: number): void => {
    if (!started || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      running = sealWaiting();
    }, delayMs);
    timer.unref();
  };
  const sealWaiting = async (): Promise<void> => {
    try {
      // The event that asked for this may be committed a little later, so an empty queue is looked at once more.
      const sealed = await sealAuditEvents(db, keys);
      emptyRuns = sealed > 0 ? 0 : emptyRuns + 1;
      if (emptyRuns < 2) schedule(sealAgainMs);
    } catch (error) {
      log.warn({ err: error }, 'audit events could not be sealed yet');
      schedule(sealAgainMs);
    }
  };

  const tallies = new Map<string, AuditTally>();
  const count = ({ action, outcome, factor = '', code = '' }: AuditEntry): void => {
    const name = `${action} ${outcome} ${factor} ${code}`;
    const tally = tallies.get(name) ?? { action, outcome, factor, code, count: 0 };
    tally.count += 1;
    tallies.set(name, tally);
  };

  return {
    async record(executor, entry) {
      await insertAuditEvent(executor, entry);
      count(entry);
      emptyRuns = 0;
      schedule(sealDelayMs);
    },
    expressions(...parameters) {
      count(parameters[0]);
      emptyRuns = 0;
      schedule(sealDelayMs);
      return auditExpressions(...parameters);
    },
    pack(entry) {
      count(entry);
      emptyRuns = 0;
      schedule(sealDelayMs);
      return packEvent(entry);
    },
    seal: () => sealAuditEvents(db, keys),
    verify: () => verifyAuditChain(db, keys),
    tallies: () => tallies.values(),
    async start() {
      started = true;
      schedule(0);
    },
    async stop() {
      started = false;
      clearTimeout(timer);
      timer = undefined;
      await running;
    },
  };
}
