// P1: an authenticated GET through the whole guard chain. P4: the CSRF token. Server on core 0, load on core 1.
import path from 'node:path';
import { median, report } from '../lib/figures.ts';
import { requestsPerSecond, startPeer } from '../lib/load.ts';
import { removeDataDir, signIn, startProduct } from '../lib/product.ts';

const rounds = 5;
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
  try {
    const measured = {
      p1: [] as number[],
      p1Bare: [] as number[],
      p4: [] as number[],
      p4Bare: [] as number[],
    };
    for (let round = -1; round < rounds; round++) {
      const p1 = await requestsPerSecond({ url: profileUrl, headers: { cookie } });
      const p1Bare = await requestsPerSecond({
        url: `http://127.0.0.1:${verified.hello.port}/verified`,
        headers: { cookie: verified.hello.cookie },
      });
      const p4 = await requestsPerSecond({ url: csrfUrl });
      const p4Bare = await requestsPerSecond({ url: `http://127.0.0.1:${plain.hello.port}/` });
      // The first round warms everything up.
      if (round < 0) continue;
      measured.p1.push(p1);
      measured.p1Bare.push(p1Bare);
      measured.p4.push(p4);
      measured.p4Bare.push(p4Bare);
    }
    show('P1', 'authenticated GET /profile, whole guard chain', median(measured.p1), median(measured.p1Bare));
    show('P4', 'CSRF token', median(measured.p4), median(measured.p4Bare));
  } finally {
    verified.child.kill();
    plain.child.kill();
  }
} finally {
  await product.stop();
  removeDataDir(product.dataDir);
}

function show(id: string, name: string, ours: number, baseline: number): void {
  report({ id, name, ours, baseline, unit: 'requests/s', target: '≥ 0.6', met: ours / baseline >= 0.6 });
}
