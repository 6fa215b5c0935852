import type { Secret } from '../../platform/crypto/secret.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { createAuthenticationMetrics } from './authentication-metrics.ts';
import { countSettledEvents, removeOldCounts } from './metrics.queries.ts';
import { metricsRoutes } from './metrics.routes.ts';
import { createPrometheus, type ProcessFigures } from './prometheus.ts';

const countingMs = 300_000;
const housekeepingMs = 6 * 3_600_000;

export interface MetricsFeatureOptions {
  db: Database;
  log: Logger;
  clock: () => Date;
  figures: ProcessFigures;
  trustsProxies: boolean;
  token: Secret | undefined;
}

/** Counts what the audit trail stores, and shows figures to administrators and scrapers. */
export function createMetricsFeature(options: MetricsFeatureOptions): Feature {
  const { db, log, clock, figures, trustsProxies, token } = options;
  const prometheus = createPrometheus(figures);
  const authentication = createAuthenticationMetrics({
    db,
    requests: figures.requests,
    now: () => clock().getTime(),
  });
  let stopping = false;
  const countAll = async (): Promise<void> => {
    while (!stopping && (await countSettledEvents(db))) log.debug('a slice of audit events was counted');
  };
  const upkeep = createUpkeep(log, [
    { name: 'metrics.count', everyMs: countingMs, run: countAll },
    { name: 'metrics.remove-old', everyMs: housekeepingMs, run: () => removeOldCounts(db) },
  ]);
  return {
    routes: metricsRoutes({ authentication, prometheus, trustsProxies, token }),
    start: async () => upkeep.start(),
    async stop() {
      stopping = true;
      await upkeep.stop();
      prometheus.close();
    },
  };
}
