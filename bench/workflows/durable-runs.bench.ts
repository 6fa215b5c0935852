// P8: durable runs of one step and of ten, 60 at once, beside DBOS used bare: the same PostgreSQL, a process each, in turn.
// n8n was measured on one core of such a machine: 105 runs/s at its best, 60 at once done in 0.4 s.
import path from 'node:path';
import { startEmbeddedDatabase } from '../../server/src/platform/database/embedded/embedded-database.ts';
import { migrateToLatest } from '../../server/src/platform/database/migrate.ts';
import { median, report } from '../lib/figures.ts';
import { startPeer } from '../lib/load.ts';
import { newDataDir, removeDataDir } from '../lib/product.ts';
import { openHandle } from '../lib/product-database.ts';
import type { Kind } from './drawn.ts';

const atOnce = 60;
const rounds = 9;
const reachOfBare = 0.7;
const n8nPerSecond = 105;
const n8nAtOnceMs = 400;
const trivialTargetMs = 300;

const dataDir = newDataDir();
const quiet = { info() {}, warn() {}, error() {} };
const database = await startEmbeddedDatabase({ dataDir, log: quiet, role: 'server' });
await migrateToLatest({ connectionString: database.connectionString });
const bareUrl = new URL(database.connectionString);
bareUrl.pathname = '/bench_bare';
const handle = openHandle(database.connectionString);
await handle.pool.query('create database bench_bare');
await handle.close();
const start = (file: string, url: string) =>
  startPeer<{ url: string }>(path.join(import.meta.dirname, file), { env: { DATABASE_URL: url } });
const ours = await start('product-runs.ts', database.connectionString);
const bare = await start('bare-dbos.ts', bareUrl.href);

try {
  for (const steps of [1, 10]) {
    const plain = await measure(steps, 'plain');
    const recorded = await measure(steps, 'recorded');
    const name = steps === 1 ? 'one step' : `${steps} steps`;
    reportRate(`durable runs of ${name} that compute, ${atOnce} at once, against bare DBOS`, plain);
    reportRate(
      `durable runs of ${name} that reach out, each stored before the next, against bare DBOS`,
      recorded,
    );
    if (steps === 1) reportTrivial(plain.ours);
  }
} finally {
  ours.child.kill();
  bare.child.kill();
  await database.stop();
  removeDataDir(dataDir);
}

/** Milliseconds of each round, in turn. */
async function measure(steps: number, kind: Kind): Promise<{ ours: number[]; bare: number[] }> {
  const measured = { ours: [] as number[], bare: [] as number[] };
  for (let round = -2; round < rounds; round++) {
    const query = `?steps=${steps}&count=${atOnce}&kind=${kind}`;
    const oursMs = await msOf(ours.hello.url + query);
    const bareMs = await msOf(bare.hello.url + query);
    // The first rounds warm everything up.
    if (round < 0) continue;
    measured.ours.push(oursMs);
    measured.bare.push(bareMs);
  }
  return measured;
}

async function msOf(url: string): Promise<number> {
  const response = await fetch(url, { method: 'POST' });
  return ((await response.json()) as { ms: number }).ms;
}

function reportRate(name: string, measured: { ours: number[]; bare: number[] }): void {
  const perSecond = (ms: number[]): number => (atOnce * 1_000) / median(ms);
  const [mine, baseline] = [perSecond(measured.ours), perSecond(measured.bare)];
  const met = mine / baseline >= reachOfBare;
  report({ id: 'P8', name, ours: mine, baseline, unit: 'runs/s', target: `≥ ${reachOfBare}`, met });
}

function reportTrivial(ms: number[]): void {
  const took = median(ms);
  report({
    id: 'P8',
    name: `${atOnce} trivial runs at once, until the last has ended (n8n at its best: ${n8nAtOnceMs} ms)`,
    ours: took,
    baseline: n8nAtOnceMs,
    unit: 'ms',
    target: `≤ ${trivialTargetMs}`,
    met: took <= trivialTargetMs,
  });
  const perSecond = (atOnce * 1_000) / took;
  report({
    id: 'P8',
    name: 'durable runs of one step, against n8n at its best on one core',
    ours: perSecond,
    baseline: n8nPerSecond,
    unit: 'runs/s',
    target: '≥ 3',
    met: perSecond / n8nPerSecond >= 3,
  });
}
