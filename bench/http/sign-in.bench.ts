// P2: a whole sign-in beside the bare argon2id hash with the same parameters.
import { hash, verify } from '@node-rs/argon2';
import { median, report } from '../lib/figures.ts';
import { cookieHeader, cpuSeconds, keepCookies, removeDataDir, signIn, startProduct } from '../lib/product.ts';

const password = 'bench horse battery staple 42';
const perRound = 24;
const rounds = 5;
const people = 24;
const options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const product = await startProduct();
try {
  const emails = Array.from({ length: people }, (_, index) => `person${index}@example.org`);
  // The last argument of create-user is the expensive part of the preparation, not of the figure.
  for (const email of emails) await signIn(product, email);
  const encoded = await hash(password, options);
  const latencies: number[] = [];
  const cpuOurs: number[] = [];
  const cpuHash: number[] = [];
  const rateOurs: number[] = [];
  const rateHash: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const single: number[] = [];
    const cpuBefore = cpuSeconds(product.pid);
    for (let i = 0; i < perRound; i++) single.push(await timed(() => login(emails[i % people] ?? '')));
    const cpuSpent = (cpuSeconds(product.pid) - cpuBefore) / perRound;
    const hashBefore = process.cpuUsage();
    for (let i = 0; i < perRound; i++) await verify(encoded, password);
    const hashUsage = process.cpuUsage(hashBefore);
    const ours = await rate(() => Promise.all(emails.map(login)));
    const bare = await rate(() => Promise.all(emails.map(() => verify(encoded, password))));
    if (round < 0) continue;
    latencies.push(...single);
    cpuOurs.push(cpuSpent * 1_000);
    cpuHash.push((hashUsage.user + hashUsage.system) / 1_000 / perRound);
    rateOurs.push(ours);
    rateHash.push(bare);
  }
  const cpuRatio = median(cpuOurs) / median(cpuHash);
  report({ id: 'P2', name: 'sign-in, CPU per sign-in', ours: median(cpuOurs), baseline: median(cpuHash), unit: 'ms', target: '≤ 1.15', met: cpuRatio <= 1.15 });
  const throughput = median(rateOurs) / median(rateHash);
  report({ id: 'P2', name: 'sign-in, all cores busy', ours: median(rateOurs), baseline: median(rateHash), unit: 'sign-ins/s', target: '≥ 0.85', met: throughput >= 0.85 });
  report({ id: 'P2', name: 'sign-in, p50', ours: median(latencies), baseline: null, unit: 'ms', target: '< 60 ms with a 25 ms hash', met: median(latencies) < 60 });
} finally {
  await product.stop();
  removeDataDir(product.dataDir);
}

async function login(email: string): Promise<void> {
  const jar = new Map<string, string>();
  const token = await fetch(`${product.url}/api/v1/auth/csrf-token`);
  keepCookies(token, jar);
  const { csrf_token } = (await token.json()) as { csrf_token: string };
  const response = await fetch(`${product.url}/api/v1/auth/jwt/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrf_token, cookie: cookieHeader(jar), origin: product.url },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function rate(work: () => Promise<unknown>): Promise<number> {
  return people / ((await timed(work)) / 1_000);
}
