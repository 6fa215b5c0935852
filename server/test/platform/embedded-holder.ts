import { startEmbeddedDatabase } from '../../src/platform/database/embedded/embedded-database.ts';

/**
 * A server of an embedded database in a process of its own: its data folder is the argument. It prints a line when it has
 * the database, one when it has lost it for good, and one when it has stopped.
 */
const silent = { info() {}, warn() {}, error() {} };
const database = await startEmbeddedDatabase({
  dataDir: process.argv[2] ?? '',
  role: 'server',
  log: silent,
  notice() {},
  syncToDisk: false,
  onLost: (error) => console.log(`lost: ${error.message}`),
});
console.log('ready');
// Nothing but the database keeps this process alive.
const alive = setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  void database.stop().then(() => {
    console.log('stopped');
    clearInterval(alive);
  });
});
