// P12, the server's part: opening a conversation of 10,000 messages, beside one of 50.
import { openDatabase } from '../../server/src/platform/database/database.ts';
import { startEmbeddedDatabase } from '../../server/src/platform/database/embedded/embedded-database.ts';
import { migrateToLatest } from '../../server/src/platform/database/migrate.ts';
import { startConversationProcess } from '../../server/test/conversations/conversation-process-handle.ts';
import { storeConversation } from '../lib/conversation-seed.ts';
import { median, report } from '../lib/figures.ts';
import { newDataDir, removeDataDir } from '../lib/product.ts';
import { storePerson } from './bench-person.ts';

const rounds = 25;
const dataDir = newDataDir();
const quiet = { info() {}, warn() {}, error() {} };
const database = await startEmbeddedDatabase({ dataDir, log: quiet, role: 'server' });
const { connectionString } = database;
await migrateToLatest({ connectionString });
const headers = await storePerson(connectionString);
const ownerId = headers['x-test-person'] ?? '';
const handle = openDatabase({
  connectionString,
  maxConnections: 1,
  statementTimeoutMs: 60_000,
  onPoolError: () => undefined,
});
const api = await startConversationProcess({ connectionString, role: 'api', alone: true });
try {
  const long = await storeConversation(handle, { ownerId, messages: 10_000, title: 'Long' });
  const short = await storeConversation(handle, { ownerId, messages: 50, title: 'Short' });
  const measured = { long: [] as number[], short: [] as number[] };
  for (let round = -3; round < rounds; round++) {
    const longMs = await open(long);
    const shortMs = await open(short);
    if (round < 0) continue;
    measured.long.push(longMs);
    measured.short.push(shortMs);
  }
  const ours = median(measured.long);
  report({
    id: 'P12',
    name: 'opening a conversation of 10,000 messages (beside 50)',
    ours,
    baseline: median(measured.short),
    unit: 'ms',
    target: '≤ 200 ms',
    met: ours <= 200,
  });
} finally {
  await api.kill();
  await handle.close();
  await database.stop();
  removeDataDir(dataDir);
}

/** What a page asks for when it opens a conversation. Returns milliseconds. */
async function open(id: string): Promise<number> {
  const url = `${api.url}/api/v1/conversations/${id}`;
  const began = performance.now();
  const answers = await Promise.all([
    fetch(url, { headers }),
    fetch(`${url}/messages?limit=50`, { headers }),
  ]);
  const [, page] = (await Promise.all(answers.map((answer) => answer.json()))) as { items: unknown[] }[];
  if (page?.items.length !== 50) throw new Error('The page of messages is not complete.');
  return performance.now() - began;
}
