// P2: a whole sign-in beside the bare argon2id hash with the same parameters.
//
// What is counted: the sign-in request, from the first byte to the last (checks of origin, CSRF and throttle, hash, device,
// session, audit, cookies and the next CSRF token). The token that it carries was fetched before; issuing one is P4.
// CPU is that of the server process, and in a line of its own that of server and PostgreSQL together. The throughput
// pays for everything on this machine: server, PostgreSQL with its commits, and the client, which therefore only
// writes prepared bytes. The hash runs in this process, as many at once as there are sign-ins at once.
import { hash, verify } from '@node-rs/argon2';
import { median, report } from '../lib/figures.ts';
import { cpuMsOfTree, removeDataDir, signIn, startProduct } from '../lib/product.ts';
import { prepareSignIn, type SigningIn } from './sign-in-load.ts';

const password = 'bench horse battery staple 42';
const people = 16;
const perPerson = 6;
const perRound = people * perPerson;
const alone = 24;
const rounds = 7;
const options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const product = await startProduct();
try {
  const browsers: SigningIn[] = [];
  for (let index = 0; index < people; index++) {
    const email = `person${index}@example.org`;
    await signIn(product, email);
    browsers.push(await prepareSignIn(product, email, password));
  }
  const encoded = await hash(password, options);
  const latencies: number[] = [];
  const measured = {
    server: [] as number[],
    all: [] as number[],
    hash: [] as number[],
    rate: [] as number[],
    bare: [] as number[],
  };
  for (let round = -1; round < rounds; round++) {
    const single: number[] = [];
    for (let i = 0; i < alone; i++) single.push(await timed(() => login(browsers[i % people])));
    const before = cpuMsOfTree(product.pid);
    const seconds = (await timed(() => eachAtOnce((index) => login(browsers[index])))) / 1_000;
    const after = cpuMsOfTree(product.pid);
    const hashBefore = process.cpuUsage();
    const bareSeconds = (await timed(() => eachAtOnce(() => verify(encoded, password)))) / 1_000;
    const hashUsage = process.cpuUsage(hashBefore);
    // The first round warms everything up.
    if (round < 0) continue;
    latencies.push(...single);
    measured.server.push((after.self - before.self) / perRound);
    measured.all.push((after.tree - before.tree) / perRound);
    measured.hash.push((hashUsage.user + hashUsage.system) / 1_000 / perRound);
    measured.rate.push(perRound / seconds);
    measured.bare.push(perRound / bareSeconds);
  }
  for (const browser of browsers) browser.connection.close();
  showCpu('sign-in, CPU of the server process', measured.server, measured.hash);
  showCpu('sign-in, CPU of server and PostgreSQL', measured.all, measured.hash);
  const throughput = median(measured.rate) / median(measured.bare);
  report({
    id: 'P2',
    name: 'sign-in, all cores busy',
    ours: median(measured.rate),
    baseline: median(measured.bare),
    unit: 'sign-ins/s',
    target: '≥ 0.85',
    met: throughput >= 0.85,
  });
  report({
    id: 'P2',
    name: 'sign-in, p50',
    ours: median(latencies),
    baseline: null,
    unit: 'ms',
    target: '< 60 ms with a 25 ms hash',
    met: median(latencies) < 60,
  });
} finally {
  await product.stop();
  removeDataDir(product.dataDir);
}

function showCpu(name: string, ours: number[], bare: number[]): void {
  const ratio = median(ours) / median(bare);
  report({
    id: 'P2',
    name,
    ours: median(ours),
    baseline: median(bare),
    unit: 'ms',
    target: '≤ 1.15',
    met: ratio <= 1.15,
  });
}

async function login(browser: SigningIn | undefined): Promise<void> {
  if (!browser) throw new Error('There is no such browser.');
  const answer = await browser.connection.send(browser.request);
  if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.body}`);
}

/** All people at once, each `perPerson` times in a row. */
async function eachAtOnce(work: (index: number) => Promise<unknown>): Promise<void> {
  await Promise.all(
    Array.from({ length: people }, async (_, index) => {
      for (let i = 0; i < perPerson; i++) await work(index);
    }),
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
