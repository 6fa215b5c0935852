// P3: a refresh with rotation and audit, as a browser sends it, beside one durable transaction that updates a single row:
// the same PostgreSQL, a pool of the same size, as many at once. The throughput pays for the client too, which therefore
// does little. And S21: of 50 refreshes of one token at once one successor comes out.
import { cpus } from 'node:os';
import { median, report } from '../lib/figures.ts';
import { benchPassword, storePeople } from '../lib/people.ts';
import { cpuMsOfTree, removeDataDir, startProduct } from '../lib/product.ts';
import { openHandle, openProductDatabase } from '../lib/product-database.ts';
import { openConnection } from '../lib/raw-client.ts';
import {
  openRefreshing,
  type RefreshingBrowser,
  refreshOnce,
  refreshRequest,
  refreshTokenOf,
} from './refresh-load.ts';

const browserCount = 24;
const perBrowser = 40;
const perRound = browserCount * perBrowser;
const rounds = 7;
/** Published for Keycloak: refreshes each second for each virtual CPU. */
const keycloakRate = 120;
const parallel = 50;
const parallelRounds = 5;

const product = await startProduct();
const database = await openProductDatabase(product.dataDir);
const bare = openHandle(await database.beside('bench_bare'));
try {
  await bare.pool.query('create table counters (id integer primary key, value integer not null)');
  await bare.pool.query('insert into counters select n, 0 from generate_series(0, $1::int) n', [
    browserCount,
  ]);
  const emails = await storePeople(database, 'refresh', browserCount);
  const browsers: RefreshingBrowser[] = [];
  for (const email of emails) browsers.push(await openRefreshing(product, email, benchPassword));
  await measureRate(browsers);
  const liveSuccessors: number[] = [];
  for (const browser of browsers.slice(0, parallelRounds)) liveSuccessors.push(await refreshAtOnce(browser));
  const most = Math.max(...liveSuccessors);
  report({
    id: 'S21',
    name: `live successors of one token after ${parallel} refreshes at once (most of ${parallelRounds})`,
    ours: most,
    baseline: null,
    unit: 'tokens',
    target: '1',
    met: liveSuccessors.every((count) => count === 1),
  });
  for (const browser of browsers) browser.connection.close();
} finally {
  await bare.close();
  await database.close();
  await product.stop();
  removeDataDir(product.dataDir);
}

async function measureRate(browsers: RefreshingBrowser[]): Promise<void> {
  const measured = {
    rate: [] as number[],
    bare: [] as number[],
    server: [] as number[],
    all: [] as number[],
  };
  for (let round = -1; round < rounds; round++) {
    const before = cpuMsOfTree(product.pid);
    const seconds = await secondsOf((index) => refreshOnce(browsers[index] as RefreshingBrowser));
    const after = cpuMsOfTree(product.pid);
    const bareSeconds = await secondsOf((index) =>
      bare.pool.query('update counters set value = value + 1 where id = $1 returning value', [index]),
    );
    // The first round warms everything up.
    if (round < 0) continue;
    measured.rate.push(perRound / seconds);
    measured.bare.push(perRound / bareSeconds);
    measured.server.push((after.self - before.self) / perRound);
    measured.all.push((after.tree - before.tree) / perRound);
  }
  const [ours, baseline] = [median(measured.rate), median(measured.bare)];
  const unit = 'refreshes/s';
  const name = 'refresh with rotation and audit, against one durable UPDATE … RETURNING';
  report({ id: 'P3', name, ours, baseline, unit, target: '≥ 0.4', met: ours / baseline >= 0.4 });
  const perCore = ours / cpus().length;
  report({
    id: 'P3',
    name: 'refresh, for each core, against what is published for Keycloak',
    ours: perCore,
    baseline: keycloakRate,
    unit,
    target: `≥ ${keycloakRate}`,
    met: perCore >= keycloakRate,
  });
  show('refresh, CPU of the server process', median(measured.server));
  show('refresh, CPU of server and PostgreSQL', median(measured.all));
}

function show(name: string, ours: number): void {
  report({ id: 'P3', name, ours, baseline: null, unit: 'ms', target: '—', met: true });
}

/** Seconds until all browsers have done their work, each its own one after the other. */
async function secondsOf(work: (index: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await Promise.all(
    Array.from({ length: browserCount }, async (_unused, index) => {
      for (let done = 0; done < perBrowser; done++) await work(index);
    }),
  );
  return (performance.now() - began) / 1_000;
}

/** How many tokens of the session live after one was sent many times at once. Throws when the answers differ. */
async function refreshAtOnce(browser: RefreshingBrowser): Promise<number> {
  const request = refreshRequest(browser);
  const port = Number(new URL(product.url).port);
  const connections = await Promise.all(Array.from({ length: parallel }, () => openConnection(port)));
  const answers = await Promise.all(connections.map((connection) => connection.send(request)));
  for (const connection of connections) connection.close();
  const successors = new Set(
    answers.map((answer) => {
      if (answer.status !== 200) throw new Error(`refresh: ${answer.status} ${answer.body}`);
      return refreshTokenOf(answer);
    }),
  );
  if (successors.size !== 1) throw new Error(`${successors.size} successors were handed out.`);
  const rows = await database.query<{ live: number }>(
    `select count(*) as live from refresh_tokens t join sessions s on s.id = t.session_id
     where s.id = $1 and t.used_at is null and t.expires_at > now() and s.ended_at is null`,
    [browser.sessionId],
  );
  return rows[0]?.live ?? 0;
}
