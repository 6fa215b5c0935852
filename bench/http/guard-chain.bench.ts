// P1: an authenticated GET through the whole guard chain, beside a bare HMAC check and beside better-auth's session check
// with its cookie cache on the same PostgreSQL. P4: the CSRF token. Servers on core 0, load on core 1.
import path from 'node:path';
import { median, report } from '../lib/figures.ts';
import { type LoadTarget, requestsPerSecond, startPeer } from '../lib/load.ts';
import { removeDataDir, signIn, startProduct } from '../lib/product.ts';
import { openProductDatabase } from '../lib/product-database.ts';
import { type BetterAuth, installBetterAuth, startBetterAuth } from './better-auth.ts';

const rounds = 5;
const secondsEach = 2;
type Name = 'p1' | 'p1Bare' | 'p4' | 'p4Bare' | 'peerCached' | 'peerChecked';

const product = await startProduct({ cpu: 0 });
try {
  const { cookie } = await signIn(product, 'bench@example.org');
  const profileUrl = `${product.url}/api/v1/profile`;
  const profile = await (await fetch(profileUrl, { headers: { cookie } })).text();
  const csrfUrl = `${product.url}/api/v1/auth/csrf-token`;
  const csrf = await fetch(csrfUrl);
  // Node adds these three to every answer itself.
  const ownHeaders = [...csrf.headers].filter(
    ([name]) => !['connection', 'date', 'keep-alive'].includes(name),
  );
  const file = path.join(import.meta.dirname, 'bare-server.ts');
  const verified = await startPeer<{ port: number; cookie: string }>(file, {
    cpu: 0,
    env: { BODY: profile },
  });
  const plain = await startPeer<{ port: number }>(file, {
    cpu: 0,
    env: { BODY: await csrf.text(), HEADERS: JSON.stringify(ownHeaders.flat()) },
  });
  const targets: Partial<Record<Name, LoadTarget>> = {
    p1: { url: profileUrl, headers: { cookie } },
    p1Bare: {
      url: `http://127.0.0.1:${verified.hello.port}/verified`,
      headers: { cookie: verified.hello.cookie },
    },
    p4: { url: csrfUrl },
    p4Bare: { url: `http://127.0.0.1:${plain.hello.port}/` },
  };
  try {
    const peer = await addBetterAuth(targets);
    const rates = await measure(targets);
    peer?.stop();
    show('P1', 'authenticated GET /profile, whole guard chain', rates.p1, rates.p1Bare, 0.6);
    show('P4', 'CSRF token', rates.p4, rates.p4Bare, 0.6);
    if (peer) {
      const name = 'authenticated GET /profile, against get-session of better-auth 1.7.7';
      show('P1', `${name}, cookie cache`, rates.p1, rates.peerCached, 12);
      show('P1', `${name}, database check`, rates.p1, rates.peerChecked, 12);
    }
  } finally {
    verified.child.kill();
    plain.child.kill();
  }
} finally {
  await product.stop();
  removeDataDir(product.dataDir);
}

/** Requests per second of each, taking turns. */
async function measure(targets: Partial<Record<Name, LoadTarget>>): Promise<Record<Name, number>> {
  const measured: Record<Name, number[]> = {
    p1: [],
    p1Bare: [],
    p4: [],
    p4Bare: [],
    peerCached: [],
    peerChecked: [],
  };
  for (let round = -1; round < rounds; round++)
    for (const [name, target] of Object.entries(targets) as [Name, LoadTarget][]) {
      const rate = await requestsPerSecond(target, secondsEach);
      // The first round warms everything up.
      if (round >= 0) measured[name].push(rate);
    }
  return Object.fromEntries(
    Object.entries(measured).map(([name, values]) => [name, median(values)]),
  ) as Record<Name, number>;
}

async function addBetterAuth(
  targets: Partial<Record<Name, LoadTarget>>,
): Promise<{ stop(): void } | undefined> {
  const installed = installBetterAuth('P1');
  if (!installed) return undefined;
  const database = await openProductDatabase(product.dataDir);
  let server: BetterAuth | undefined;
  try {
    server = await startBetterAuth({
      folder: installed.folder,
      database: await database.beside('bench_peer'),
      hash: 'its own',
      cpu: 0,
    });
  } catch (error) {
    installed.remove();
    throw error;
  } finally {
    await database.close();
  }
  const { child } = server;
  const cookie = await server.signUp('person@example.org');
  const url = `${server.url}/api/auth/get-session`;
  await refuseSignedOut(url, cookie);
  targets.peerCached = { url, headers: { cookie } };
  targets.peerChecked = { url: `${url}?disableCookieCache=true`, headers: { cookie } };
  return {
    stop() {
      child.kill();
      installed.remove();
    },
  };
}

/** It answers 200 with `null` to somebody it does not know, which would be no session check. */
async function refuseSignedOut(url: string, cookie: string): Promise<void> {
  const answer = (await (await fetch(url, { headers: { cookie } })).json()) as { user?: object } | null;
  if (!answer?.user || !cookie.includes('session_data')) throw new Error('better-auth has no session.');
}

function show(id: string, name: string, ours: number, baseline: number, least: number): void {
  const met = ours / baseline >= least;
  report({ id, name, ours, baseline, unit: 'requests/s', target: `≥ ${least}`, met });
}
