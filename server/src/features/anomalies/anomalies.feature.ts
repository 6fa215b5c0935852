import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { alertsPersonalData } from './alerts.personal.ts';
import { alertRoutes } from './alerts.routes.ts';
import { type AlertsServiceOptions, createAlertsService } from './alerts.service.ts';
import { overviewRoute, type SignInMethodsPort } from './security-overview.ts';
import { watchForSpraying } from './spraying-watch.ts';

const watchMs = 60_000;

export interface AnomaliesOptions extends AlertsServiceOptions {
  log: Logger;
  methods: SignInMethodsPort;
}

/** Alerts about sign-ins, the overview of a person's security, and the watch over attacks on many accounts. */
export function createAnomaliesFeature(options: AnomaliesOptions): Feature {
  const alerts = createAlertsService(options);
  const upkeep = createUpkeep(options.log, [
    { name: 'anomalies.password-spraying', everyMs: watchMs, run: () => watchForSpraying(options) },
  ]);
  return {
    personal: [alertsPersonalData(options.db)],
    routes: [...alertRoutes({ alerts }), overviewRoute({ db: options.db, methods: options.methods })],
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
