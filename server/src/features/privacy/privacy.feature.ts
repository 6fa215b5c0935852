import type { Feature } from '../../platform/feature.ts';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { PersonalData } from '../../platform/personal-data.ts';
import type { Platform } from '../../platform/platform.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { createConsentsService } from './consents.service.ts';
import { type DeletionWorkOptions, deletionWorkflow } from './deletion.workflow.ts';
import { readProof } from './deletion-proof.ts';
import { beginDueDeletions, type DeletionsService } from './deletions.service.ts';
import { exportWorkflow } from './export.workflow.ts';
import { createExportsService } from './exports.service.ts';
import { tidyExports } from './exports.upkeep.ts';
import { privacyPersonalData } from './privacy.personal.ts';
import { privacyRoutes } from './privacy.routes.ts';

const deletionsMs = 30_000;
const exportsMs = 600_000;

export interface PrivacyOptions extends Omit<DeletionWorkOptions, 'kinds' | 'db' | 'keys'> {
  platform: Platform;
  deletions: DeletionsService;
  /** What all features keep about people. */
  personal: readonly PersonalData[];
  /** Folder of finished exports. */
  directory: string;
  product: string;
}

/** What people may do with their own data: take it along, have it deleted, decide what is kept. */
export function createPrivacyFeature(options: PrivacyOptions): Feature {
  const { platform, deletions, audit, product } = options;
  const { db, engine, keys, log, clock, userFeed } = platform;
  const files = createFileStore({ directory: options.directory });
  const personal = privacyPersonalData({ db, files });
  const kinds = (): readonly PersonalData[] => [...options.personal, ...personal];
  const upkeep = createUpkeep(log, [
    { name: 'privacy.begin-deletions', everyMs: deletionsMs, run: () => beginDueDeletions({ db, engine }) },
    { name: 'privacy.tidy-exports', everyMs: exportsMs, run: () => tidyExports({ db, engine, files }) },
  ]);
  return {
    personal,
    routes: privacyRoutes({
      deletions,
      exports: createExportsService({ db, engine, audit, files }),
      consents: createConsentsService({ db, audit }),
      proof: (id) => readProof(db, keys, id),
    }),
    workflows: [
      exportWorkflow({ db, files, kinds, userFeed, log, clock, product }),
      deletionWorkflow({ ...options, db, keys, kinds }),
    ],
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
