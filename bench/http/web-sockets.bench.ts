// P5: opening a WebSocket with a ticket, memory of idle ones, one event to a thousand; beside the bare ws library in the
// same run. Servers on core 0, load on core 1.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { median, percentile, report } from '../lib/figures.ts';
import { startPeer } from '../lib/load.ts';
import { removeDataDir, signIn, startProduct } from '../lib/product.ts';
import { openRawSocket, type RawSocket } from '../lib/raw-socket.ts';

const connects = 300;
const rounds = 5;
const idle = 10_000;
const viewers = 1_000;
const events = 40;
const product = await startProduct({
  cpu: 0,
  env: { MAX_SOCKETS_PER_USER: '100000', NODE_OPTIONS: '--max-semi-space-size=2' },
});
try {
  const person = await signIn(product, 'sockets@example.org');
  const port = Number(new URL(product.url).port);
  const headers = { cookie: person.cookie, origin: product.url };
  const unsafe = { ...headers, 'x-csrf-token': person.csrf, 'content-type': 'application/json' };
  const send = async (method: string, url: string, body: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(product.url + url, { method, headers: unsafe, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const conversation = await send('POST', '/api/v1/conversations', {});
  const change = { kind: 'conversation', id: conversation.id };
  const event = JSON.stringify({ type: 'changed', seq: null, data: change });
  const ready = { type: 'ready', seq: null, data: { renew_before: new Date().toISOString() } };
  const bare = await startPeer<{ port: number; pid: number }>(
    path.join(import.meta.dirname, 'bare-sockets.ts'),
    {
      cpu: 0,
      env: { EVENT: event, GREETING: JSON.stringify(ready), NODE_OPTIONS: '--max-semi-space-size=2' },
    },
  );
  const openOurs = () => openRawSocket(port, '/api/v1/ws/notifications', headers);
  const openBare = () => openRawSocket(bare.hello.port, '/', {});
  try {
    await measureConnect(async () => String((await send('POST', '/api/v1/auth/ws-ticket', {})).ticket), port);
    await measureMemory();
    await measureFanOut();
  } finally {
    bare.child.kill();
  }

  async function measureConnect(newTicket: () => Promise<string>, ours: number): Promise<void> {
    const oursMs: number[] = [];
    const bareMs: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const tickets = await Promise.all(Array.from({ length: connects }, newTicket));
      const timesOurs = await timeEach(tickets, (ticket) =>
        openRawSocket(ours, `/api/v1/ws/notifications?token=${ticket}`, {}),
      );
      const timesBare = await timeEach(tickets, openBare);
      if (round < 0) continue;
      oursMs.push(percentile(timesOurs, 99));
      bareMs.push(percentile(timesBare, 99));
    }
    show('P5a', 'WebSocket: connect with a ticket, p99', median(oursMs), median(bareMs), 'ms', 2);
  }

  async function measureMemory(): Promise<void> {
    const perConnection = async (pid: number, open: () => Promise<RawSocket>): Promise<number> => {
      await closeAll(await openMany(idle / 10, open));
      const before = memoryKb(pid);
      const sockets = await openMany(idle, open);
      const after = memoryKb(pid);
      await closeAll(sockets);
      return (after - before) / idle;
    };
    const ours = await perConnection(product.pid, openOurs);
    const baseline = await perConnection(bare.hello.pid, openBare);
    show('P5b', `WebSocket: memory of each of ${idle} idle connections`, ours, baseline, 'KB', 1.5);
  }

  async function measureFanOut(): Promise<void> {
    const rate = { ours: [] as number[], bare: [] as number[] };
    const ourSockets = await openMany(viewers, openOurs);
    const bareSockets = await openMany(viewers, openBare);
    let title = 0;
    for (let round = -1; round < rounds; round++) {
      const ours = await framesPerSecond(ourSockets, () =>
        send('PATCH', `/api/v1/conversations/${conversation.id}`, { title: `Title ${++title}` }),
      );
      const baseline = await framesPerSecond(bareSockets, () =>
        fetch(`http://127.0.0.1:${bare.hello.port}/`).then((response) => response.json()),
      );
      if (round < 0) continue;
      rate.ours.push(ours);
      rate.bare.push(baseline);
    }
    await closeAll([...ourSockets, ...bareSockets]);
    const [ours, baseline] = [median(rate.ours), median(rate.bare)];
    const met = ours / baseline >= 0.7;
    const name = `WebSocket: one event to ${viewers}`;
    report({ id: 'P5c', name, ours, baseline, unit: 'frames/s', target: '≥ 0.7', met });
  }

  /** Publishes events, some at once, and waits until every connection has every one. */
  async function framesPerSecond(sockets: RawSocket[], publish: () => Promise<unknown>): Promise<number> {
    const expected = events * (Buffer.byteLength(event) + 2);
    const started = sockets.map((socket) => socket.received);
    const began = performance.now();
    const complete = Promise.all(
      sockets.map(
        (socket, index) =>
          new Promise<void>((resolve) => {
            socket.onData = () => {
              if (socket.received - (started[index] ?? 0) >= expected) resolve();
            };
          }),
      ),
    );
    for (let sent = 0; sent < events; sent += 4) await Promise.all(Array.from({ length: 4 }, publish));
    await complete;
    return (events * sockets.length * 1_000) / (performance.now() - began);
  }
} finally {
  await product.stop();
  removeDataDir(product.dataDir);
}

async function timeEach<Item>(items: Item[], open: (item: Item) => Promise<RawSocket>): Promise<number[]> {
  const times: number[] = [];
  for (const item of items) {
    const began = performance.now();
    const socket = await open(item);
    times.push(performance.now() - began);
    socket.close();
  }
  return times;
}

async function openMany(count: number, open: () => Promise<RawSocket>): Promise<RawSocket[]> {
  const sockets: RawSocket[] = [];
  while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))));
  return sockets;
}

async function closeAll(sockets: RawSocket[]): Promise<void> {
  for (const socket of sockets) socket.close();
  // The server has closed its ends once it has turned around a few times.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
}

function memoryKb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

function show(id: string, name: string, ours: number, baseline: number, unit: string, most: number): void {
  report({ id, name, ours, baseline, unit, target: `≤ ${most}`, met: ours / baseline <= most });
}
