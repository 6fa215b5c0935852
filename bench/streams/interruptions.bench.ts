// P7: random interruptions of streams on real processes: lost connections, page refreshes, workers killed with SIGKILL. The
// model numbers its words, so that a lost or doubled one is seen at once. 200 are a few minutes; BENCH_INTERRUPTIONS=1000
// asks for as many as the target names.
import path from 'node:path';
import { startEmbeddedDatabase } from '../../server/src/platform/database/embedded/embedded-database.ts';
import { migrateToLatest } from '../../server/src/platform/database/migrate.ts';
import {
  type ConversationProcess,
  startConversationProcess,
} from '../../server/test/conversations/conversation-process-handle.ts';
import { type SeenEvent, shownText, viewStream } from '../../server/test/conversations/stream-viewer.ts';
import { numberedWords } from '../../server/test/peers/fake-model-script.ts';
import { report } from '../lib/figures.ts';
import { startPeer } from '../lib/load.ts';
import { newDataDir, removeDataDir } from '../lib/product.ts';
import { storePerson } from './bench-person.ts';

const tokens = 400;
const streamsAtOnce = 4;
const target = Number(process.env.BENCH_INTERRUPTIONS ?? 200);

const dataDir = newDataDir();
const quiet = { info() {}, warn() {}, error() {} };
const database = await startEmbeddedDatabase({ dataDir, log: quiet, role: 'server' });
await migrateToLatest({ connectionString: database.connectionString });
const peer = await startPeer<{ url: string }>(path.join(import.meta.dirname, 'model-peer.ts'), {
  cpu: 1,
  env: { TOKENS: String(tokens), TOKEN_DELAY_MS: '2' },
});
const shared = { connectionString: database.connectionString, peerUrl: peer.hello.url, alone: false };
const api = await startConversationProcess({ ...shared, role: 'api' });
let worker = await startConversationProcess({ ...shared, role: 'worker', soleExecutor: true });
const headers = await storePerson(database.connectionString);
let roundEvents = 0;
let onEvent = (): void => undefined;
const counts = { disconnects: 0, refreshes: 0, kills: 0, lost: 0, twice: 0, restarts: 0, streams: 0 };

try {
  while (interruptions() < target)
    await Promise.all([...Array.from({ length: streamsAtOnce }, () => oneStream()), killInMidAnswer()]);
  console.error(`  ${JSON.stringify(counts)}`);
  const name = `words lost in ${interruptions()} interruptions (${counts.disconnects} disconnects, ${counts.refreshes} refreshes, ${counts.kills} workers killed)`;
  report({
    id: 'P7',
    name,
    ours: counts.lost,
    baseline: null,
    unit: 'words',
    target: '0',
    met: counts.lost === 0,
  });
  report({
    id: 'P7',
    name: 'words twice',
    ours: counts.twice,
    baseline: null,
    unit: 'words',
    target: '0',
    met: counts.twice === 0,
  });
} finally {
  await worker.kill();
  await api.kill();
  peer.child.kill();
  await database.stop();
  removeDataDir(dataDir);
}

function interruptions(): number {
  return counts.disconnects + counts.refreshes + counts.kills;
}

async function post<Body>(url: string, body: object): Promise<Body> {
  const response = await fetch(`${api.url}/api/v1${url}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

/** One answer, followed by a viewer whose connection breaks again and again until it has the end. */
async function oneStream(): Promise<void> {
  const { id } = await post<{ id: string }>('/conversations', { title: 'Bench', scope: { kind: 'none' } });
  const { generation } = await post<{ generation: { id: string } }>(`/conversations/${id}/messages`, {
    content: 'Count',
  });
  const url = `${api.url}/api/v1/generations/${generation.id}/events`;
  let seen: SeenEvent[] = [];
  while (seen.at(-1)?.type !== 'end') {
    const afterSeq = seen.at(-1)?.seq ?? 0;
    const leaveAfter = 5 + Math.floor(Math.random() * 60);
    const part = await viewStream({
      url,
      headers,
      afterSeq,
      until: (event, all) => note(event) && all.length >= leaveAfter,
    });
    seen.push(...part);
    if (seen.at(-1)?.type === 'end') break;
    // A refresh forgets everything and begins anew; a lost connection goes on after the last event.
    if (Math.random() < 0.3) {
      seen = [];
      counts.refreshes += 1;
    } else counts.disconnects += 1;
  }
  await check(seen, id);
}

function note(event: SeenEvent): boolean {
  roundEvents += 1;
  onEvent();
  return event.type !== 'end';
}

async function check(seen: SeenEvent[], conversationId: string): Promise<void> {
  counts.streams += 1;
  counts.restarts += seen.filter((event) => event.type === 'restarted').length;
  const response = await fetch(`${api.url}/api/v1/conversations/${conversationId}/messages`, { headers });
  const { items } = (await response.json()) as { items: { content: string }[] };
  const shown = shownText(seen);
  const words = shown.split(' ').filter(Boolean);
  counts.lost += numberedWords(tokens).filter((word) => !words.includes(word.trim())).length;
  counts.twice += words.length - new Set(words).size;
  if (seen.some((event, index) => event.seq !== index + 1))
    throw new Error('Events are missing or out of order.');
  if (items[1]?.content !== shown) throw new Error('The stored message is not what the viewer shows.');
}

/** Kills the worker once the viewers of this round have seen so many events, and starts the next one. */
async function killInMidAnswer(): Promise<void> {
  const limit = roundEvents + 10 + Math.floor(Math.random() * 60);
  await new Promise<void>((resolve) => {
    onEvent = () => {
      if (roundEvents >= limit) resolve();
    };
  });
  await worker.kill();
  counts.kills += 1;
  worker = await startWorker();
}

function startWorker(): Promise<ConversationProcess> {
  return startConversationProcess({ ...shared, role: 'worker', soleExecutor: true });
}
