import { createApplication } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';

/** What the test says to the worker process, as JSON in its first argument. */
export interface ModelWorkerOptions {
  connectionString: string;
  dataDir: string;
  masterSecret: string;
  /** Every other executor is known to be dead: their runs are resumed at once. */
  alone: boolean;
}

/** The whole program as a worker, in a process that a test can kill. Prints `ready` once it takes work. */
const options = JSON.parse(process.argv[2] ?? '{}') as ModelWorkerOptions;
const config = loadConfig({ AIWFE_DATA_DIR: options.dataDir, PORT: '0', LOG_LEVEL: 'silent' });
const application = await createApplication(
  { ...config, database: { ...config.database, migrateOnStart: false } },
  {
    role: 'worker',
    log: createLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    connection: { url: options.connectionString, directUrl: options.connectionString },
    masterSecrets: [new Secret(options.masterSecret)],
    alone: options.alone,
  },
);
await application.start();
console.log('ready');
