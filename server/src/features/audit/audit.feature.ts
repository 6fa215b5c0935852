import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { auditPersonalData } from './audit.personal.ts';
import { auditRoutes } from './audit.routes.ts';
import type { AuditTrail } from './audit.service.ts';
import { applyRetention } from './audit-retention.ts';
import { createAuditViews } from './audit-views.service.ts';

const retentionMs = 3_600_000;

export interface AuditFeatureOptions {
  db: Database;
  keys: KeyRing;
  log: Logger;
  clock: () => Date;
  trail: AuditTrail;
  /** How long policy keeps what names people; 0 for ever. */
  retentionDays: () => Promise<number>;
  labelOf: (userAgent: string) => string;
}

/** The evidence as a feature: views, export, verification, and giving it up after its time. */
export function createAuditFeature(options: AuditFeatureOptions): Feature {
  const { db, keys, log, trail, clock } = options;
  const views = createAuditViews({ db, trail, labelOf: options.labelOf });
  const upkeep = createUpkeep(log, [
    {
      name: 'audit.retention',
      everyMs: retentionMs,
      run: async () => {
        await applyRetention({ db, keys, trail, now: clock }, await options.retentionDays());
      },
    },
  ]);
  return {
    routes: auditRoutes(views),
    personal: [auditPersonalData(db)],
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
