import type { Database } from '../../platform/database/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { removeOldChallenges } from './challenges.queries.ts';
import { type ChallengeStore, createChallengeStore } from './challenges.service.ts';

const housekeepingMs = 600_000;

/** Proofs under way, and the removal of those that nobody finished. */
export function createChallenges(options: { db: Database; log: Logger }): {
  feature: Feature;
  store: ChallengeStore;
} {
  const upkeep = createUpkeep(options.log, [
    { name: 'challenges.remove-old', everyMs: housekeepingMs, run: () => removeOldChallenges(options.db) },
  ]);
  return {
    store: createChallengeStore(),
    feature: { routes: [], start: async () => upkeep.start(), stop: () => upkeep.stop() },
  };
}
