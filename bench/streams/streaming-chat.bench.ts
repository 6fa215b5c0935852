// P6: time to the first token, tokens per second and CPU per token of a streamed answer, beside a raw fetch of the same
// fake Ollama. The whole product is measured: sign-in, route, durable run, event log on disk, server-sent events.
import path from 'node:path';
import { median, percentile, report } from '../lib/figures.ts';
import { startPeer } from '../lib/load.ts';
import {
  cpuSeconds,
  newDataDir,
  type Product,
  removeDataDir,
  type SignedIn,
  signIn,
  startProduct,
} from '../lib/product.ts';

const rounds = 60;
const warmUpRounds = 8;
const tokens = 2_000;

interface Timing {
  firstMs: number;
  wholeMs: number;
}

const dataDir = newDataDir();
const peer = await startPeer<{ url: string }>(path.join(import.meta.dirname, 'model-peer.ts'), {
  cpu: 1,
  env: { TOKENS: String(tokens) },
});
const product = await startProduct({ dataDir, env: JSON.parse(process.env.PRODUCT_ENV ?? '{}') });
try {
  const person = await signIn(product, 'bench@example.org', 'admin');
  const api = createApi(product, person);
  const provider = await api<{ id: string }>('POST', '/models/providers', {
    kind: 'ollama',
    name: 'Peer',
    base_url: peer.hello.url,
    allow_local: true,
  });
  await api('PUT', '/models/slots/chat', { provider_id: provider.id, model: 'tiny-chat:latest' });
  const ours: Timing[] = [];
  const raw: Timing[] = [];
  let cpu = 0;
  for (let round = -warmUpRounds; round < rounds; round++) {
    const bare = await askRaw(peer.hello.url);
    const before = cpuSeconds(product.pid);
    const timing = await askProduct(product, person, api);
    const spent = cpuSeconds(product.pid) - before;
    if (round < 0) continue;
    raw.push(bare);
    ours.push(timing);
    cpu += spent;
  }
  show(ours, raw, (cpu / (rounds * tokens)) * 1e6);
} finally {
  await product.stop();
  peer.child.kill();
  removeDataDir(dataDir);
}

function show(ours: Timing[], raw: Timing[], cpuMicroseconds: number): void {
  const added = ours.map((timing, index) => timing.firstMs - (raw[index]?.firstMs ?? 0));
  const p95 = percentile(added, 95);
  console.error(
    `  first token: ours ${median(ours.map((t) => t.firstMs)).toFixed(1)} ms, raw ${median(raw.map((t) => t.firstMs)).toFixed(1)} ms, added p50 ${median(added).toFixed(1)} ms`,
  );
  report({
    id: 'P6',
    name: 'added time to first token, p95',
    ours: p95,
    baseline: null,
    unit: 'ms',
    target: '≤ 10',
    met: p95 <= 10,
  });
  const rate = (timings: Timing[]): number =>
    median(timings.map((timing) => (tokens / timing.wholeMs) * 1_000));
  report({
    id: 'P6',
    name: 'streamed tokens, stored and delivered',
    ours: rate(ours),
    baseline: rate(raw),
    unit: 'tokens/s',
    target: '—',
    met: true,
  });
  report({
    id: 'P6',
    name: 'CPU per token, durable events included',
    ours: cpuMicroseconds,
    baseline: null,
    unit: 'µs',
    target: '≤ 100',
    met: cpuMicroseconds <= 100,
  });
}

type Api = <Body>(method: string, path: string, body: object) => Promise<Body>;

function createApi(server: Product, { cookie, csrf }: SignedIn): Api {
  return async (method, url, body) => {
    const headers = { cookie, 'x-csrf-token': csrf, origin: server.url, 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/api/v1${url}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  };
}

async function askRaw(url: string): Promise<Timing> {
  const body = JSON.stringify({
    model: 'tiny-chat:latest',
    stream: true,
    messages: [{ role: 'user', content: 'Count' }],
  });
  const began = performance.now();
  return readTimed(await fetch(`${url}/api/chat`, { method: 'POST', body }), began, '"content":"w');
}

async function askProduct(server: Product, { cookie }: SignedIn, api: Api): Promise<Timing> {
  const conversation = await api<{ id: string }>('POST', '/conversations', {
    title: 'Bench',
    scope: { kind: 'none' },
  });
  const began = performance.now();
  const started = await api<{ generation: { id: string } }>(
    'POST',
    `/conversations/${conversation.id}/messages`,
    { content: 'Count' },
  );
  const url = `${server.url}/api/v1/generations/${started.generation.id}/events`;
  return readTimed(await fetch(url, { headers: { cookie } }), began, 'event: delta');
}

async function readTimed(response: Response, began: number, mark: string): Promise<Timing> {
  const decoder = new TextDecoder();
  let firstMs = Number.NaN;
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (Number.isNaN(firstMs) && text.includes(mark)) firstMs = performance.now() - began;
  }
  if (!text.includes(`w${tokens} `)) throw new Error('The answer is not complete.');
  return { firstMs, wholeMs: performance.now() - began };
}
