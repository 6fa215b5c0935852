import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import type { SessionDelivery } from '../sessions/index.ts';
import { devicesPersonalData } from './devices.personal.ts';
import { removeUnseenDevices } from './devices.queries.ts';
import { deviceRoutes } from './devices.routes.ts';
import { deviceCookieSeconds } from './devices.service.ts';
import {
  createDevicesService,
  type DevicesService,
  type DevicesServiceOptions,
} from './own-devices.service.ts';

const housekeepingMs = 3_600_000;

export interface DevicesFeature {
  feature: Feature;
  service: DevicesService;
}

/** A person's devices, and the forgetting of those that nobody uses any more. */
export function createDevicesFeature(
  options: DevicesServiceOptions & { log: Logger; delivery: Pick<SessionDelivery, 'forget'> },
): DevicesFeature {
  const service = createDevicesService(options);
  const upkeep = createUpkeep(options.log, [
    {
      name: 'devices.remove-unseen',
      everyMs: housekeepingMs,
      run: () => removeUnseenDevices(options.db, deviceCookieSeconds),
    },
  ]);
  return {
    service,
    feature: {
      routes: deviceRoutes({ devices: service, delivery: options.delivery }),
      personal: [devicesPersonalData(options.db)],
      start: async () => upkeep.start(),
      stop: () => upkeep.stop(),
    },
  };
}
