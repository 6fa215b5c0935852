import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePort } from '../free-port.ts';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { type ServerProcess, signInAsAdmin, startServerProcess } from './server-process.ts';

interface Chunk {
  id: string;
  ordinal: number;
  text: string;
}

let dataDir: string;
let port: number;
let peer: FakeModelServer;
let server: ServerProcess;
let headers: Record<string, string>;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'aiwfe-killed-'));
  // Root's folder lets the database's account pass through.
  if (process.getuid?.() === 0) await chmod(dataDir, 0o711);
  [port, peer] = await Promise.all([freePort(), startFakeModelServer()]);
  server = await startServerProcess(dataDir, port);
  headers = await signInAsAdmin(server, dataDir);
});
afterAll(async () => {
  await server?.terminate();
  await peer?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function call<Body>(method: string, url: string, body?: object | FormData): Promise<Body> {
  const json = body !== undefined && !(body instanceof FormData);
  const response = await fetch(`${server.url}/api/v1${url}`, {
    method,
    headers: json ? { ...headers, 'content-type': 'application/json' } : headers,
    ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : (body as FormData) }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

async function chunksOf(id: string): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: Chunk[]; next_cursor: string | null } = await call(
      'GET',
      `/documents/${id}/chunks?limit=50${query}`,
    );
    chunks.push(...page.items);
    cursor = page.next_cursor;
  }
  return chunks;
}

/** What was asked for to be embedded since the last reset. */
const embedded = (): string[] =>
  peer.requests
    .filter(({ path }) => path === '/api/embed')
    .flatMap(({ body }) => (body as { input: string[] }).input);

it('a server killed while a document is embedded goes on at that step, and has each passage once', async () => {
  const provider = await call<{ id: string }>('POST', '/models/providers', {
    kind: 'ollama',
    name: 'Peer',
    base_url: peer.url,
    allow_local: true,
  });
  // So that nothing but the document asks for vectors.
  await call('DELETE', '/samples');
  await call('PUT', '/models/slots/embedding', { provider_id: provider.id, model: 'embedder:latest' });
  // One batch is answered; the next one is held until the server is dead.
  peer.reset();
  peer.script({ path: '/api/embed', responseDelayMs: 600_000 });
  peer.script({ path: '/api/embed', times: 1 });

  const form = new FormData();
  const text = Array.from({ length: 2_500 }, (_, line) => `Fact ${line} is stored under its own number.`);
  form.append('file', new Blob([text.join(' ')]), 'facts.txt');
  const { items } = await call<{ items: { id: string }[] }>('POST', '/documents', form);
  const id = items[0]?.id ?? '';
  await vi.waitFor(() => expect(embedded().length).toBeGreaterThan(32), {
    timeout: 120_000,
  });
  const before = await chunksOf(id);
  const done = new Set(embedded().slice(0, 32));
  await server.kill();

  peer.reset();
  server = await startServerProcess(dataDir, port);
  const read = () =>
    call<{ state: string; warnings: string[]; chunk_count: number }>('GET', `/documents/${id}`);
  await vi.waitFor(async () => expect((await read()).state).toBe('ready'), {
    timeout: 120_000,
    interval: 100,
  });

  const after = await chunksOf(id);
  expect(after.map((chunk) => chunk.id)).toEqual(before.map((chunk) => chunk.id));
  expect(after.map((chunk) => chunk.ordinal)).toEqual(after.map((_, index) => index));
  expect(after.length).toBe((await read()).chunk_count);
  expect((await read()).warnings).toEqual([]);
  // What had a vector before is not asked for again, and everything else is, once.
  const again = embedded();
  expect(again.some((one) => done.has(one))).toBe(false);
  expect(new Set(again).size).toBe(again.length);
  expect(again.length).toBe(before.length - 32);
});
