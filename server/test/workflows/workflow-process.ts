import { createTestApp } from '../test-app.ts';

/**
 * A worker process for kill tests: its database is the first argument, further settings are JSON in the second; it prints
 * a line when it is at work.
 */
const app = await createTestApp({
  connectionString: process.argv[2] ?? '',
  role: 'worker',
  // Every other executor is known to be dead: its runs are resumed at once.
  alone: true,
  environ: JSON.parse(process.argv[3] ?? '{}') as Record<string, string>,
});
console.log('ready');
process.once('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
