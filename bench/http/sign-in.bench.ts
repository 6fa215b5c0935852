// P2: a whole sign-in beside the bare argon2id hash with the same parameters.
//
// What is counted: the sign-in request, from the first byte to the last (checks of origin, CSRF and throttle, hash, device,
// risk, session, audit, cookies and the next CSRF token). The token that it carries was fetched before; issuing one is P4.
// Two ways: the ordinary one, a browser that was here before and shows its device cookie; and a browser that nobody has
// seen, which makes a new device each time, with the alert and the notice that belong to it.
// CPU is that of the server process, and in a line of its own that of server and PostgreSQL together. The throughput
// pays for everything on this machine: server, PostgreSQL with its commits, and the client, which therefore only
// writes prepared bytes. The hash runs in this process, as many at once as there are sign-ins at once.
import { cpus } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { median, report } from '../lib/figures.ts';
import { benchPassword, hashOptions, storePeople } from '../lib/people.ts';
import { cpuMsOfTree, removeDataDir, startProduct } from '../lib/product.ts';
import { openProductDatabase } from '../lib/product-database.ts';
import { measureBetterAuthSignIn } from './better-auth-sign-in.ts';
import { becomeKnown, prepareSignIn, type SigningIn } from './sign-in-load.ts';

const people = 16;
const perPerson = 6;
const perRound = people * perPerson;
const alone = 16;
const rounds = 7;
/** Published for Keycloak: sign-ins by password each second for each virtual CPU. */
const keycloakRate = 15;

interface Way {
  name: string;
  browsers: SigningIn[];
  latencies: number[];
  server: number[];
  all: number[];
  rate: number[];
}

const product = await startProduct();
const database = await openProductDatabase(product.dataDir);
try {
  const known = await openWay('known device', 'known', becomeKnown);
  const unseen = await openWay('new device each time', 'unseen');
  const encoded = await hash(benchPassword, hashOptions);
  const bare = { cpu: [] as number[], rate: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    for (const way of round % 2 === 0 ? [known, unseen] : [unseen, known]) await measure(way, round < 0);
    const usageBefore = process.cpuUsage();
    const seconds = await secondsOf(() => verify(encoded, benchPassword));
    const usage = process.cpuUsage(usageBefore);
    // The first round warms everything up.
    if (round < 0) continue;
    bare.cpu.push((usage.user + usage.system) / 1_000 / perRound);
    bare.rate.push(perRound / seconds);
  }
  for (const way of [known, unseen]) {
    for (const { connection } of way.browsers) connection.close();
    showAgainstHash(way, median(bare.cpu), median(bare.rate));
  }
  const ours = median(known.rate);
  const perCore = ours / cpus().length;
  report({
    id: 'P2',
    name: 'sign-in, for each core, against what is published for Keycloak',
    ours: perCore,
    baseline: keycloakRate,
    unit: 'sign-ins/s',
    target: `≥ ${keycloakRate}`,
    met: perCore >= keycloakRate,
  });
  await measureBetterAuthSignIn({ database, ours, people, perPerson: 2, rounds: 3 });
} finally {
  await database.close();
  await product.stop();
  removeDataDir(product.dataDir);
}

/** Browsers of people of their own, each on its own connection. */
async function openWay(
  name: string,
  prefix: string,
  prepare = async (browser: SigningIn, _email: string, _password: string) => browser,
): Promise<Way> {
  const browsers: SigningIn[] = [];
  for (const email of await storePeople(database, prefix, people))
    browsers.push(await prepare(await prepareSignIn(product, email, benchPassword), email, benchPassword));
  return { name, browsers, latencies: [], server: [], all: [], rate: [] };
}

async function measure(way: Way, warmUp: boolean): Promise<void> {
  const single: number[] = [];
  for (let i = 0; i < alone; i++) {
    const began = performance.now();
    await login(way.browsers[i % people]);
    single.push(performance.now() - began);
  }
  const before = cpuMsOfTree(product.pid);
  const seconds = await secondsOf((index) => login(way.browsers[index]));
  const after = cpuMsOfTree(product.pid);
  if (warmUp) return;
  way.latencies.push(...single);
  way.server.push((after.self - before.self) / perRound);
  way.all.push((after.tree - before.tree) / perRound);
  way.rate.push(perRound / seconds);
}

function showAgainstHash(way: Way, hashCpu: number, hashRate: number): void {
  showCpu(`sign-in, ${way.name}, CPU of the server process`, median(way.server), hashCpu);
  showCpu(`sign-in, ${way.name}, CPU of server and PostgreSQL`, median(way.all), hashCpu);
  const rate = median(way.rate);
  report({
    id: 'P2',
    name: `sign-in, ${way.name}, all cores busy`,
    ours: rate,
    baseline: hashRate,
    unit: 'sign-ins/s',
    target: '≥ 0.85',
    met: rate / hashRate >= 0.85,
  });
  const p50 = median(way.latencies);
  report({
    id: 'P2',
    name: `sign-in, ${way.name}, p50`,
    ours: p50,
    baseline: null,
    unit: 'ms',
    target: '< 60 ms with a 25 ms hash',
    met: p50 < 60,
  });
}

function showCpu(name: string, ours: number, baseline: number): void {
  report({ id: 'P2', name, ours, baseline, unit: 'ms', target: '≤ 1.15', met: ours / baseline <= 1.15 });
}

async function login(browser: SigningIn | undefined): Promise<void> {
  if (!browser) throw new Error('There is no such browser.');
  const answer = await browser.connection.send(browser.request);
  if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.body}`);
}

/** Seconds for all people at once, each `perPerson` times in a row. */
async function secondsOf(work: (index: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await Promise.all(
    Array.from({ length: people }, async (_unused, index) => {
      for (let i = 0; i < perPerson; i++) await work(index);
    }),
  );
  return (performance.now() - began) / 1_000;
}
