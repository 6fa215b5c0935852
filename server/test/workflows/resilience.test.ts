import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CountingPeer, startCountingPeer } from '../peers/counting-peer.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { chain, definition, type RunAnswer, WorkflowClient } from './workflow-world.ts';

/** A way to a database that can be cut and mended. */
interface Cable {
  connectionString: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

async function layCable(connectionString: string): Promise<Cable> {
  const target = new URL(connectionString);
  const folder = target.searchParams.get('host');
  const port = Number(target.port || 5432);
  const address = folder?.startsWith('/')
    ? { path: `${folder}/.s.PGSQL.${port}` }
    : { host: target.hostname, port };
  const open = new Set<Socket>();
  const state = { isCut: false };
  const server = createServer((socket) => {
    if (state.isCut) return void socket.destroy();
    const onwards = connect(address);
    for (const [one, other] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      open.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(connectionString);
  url.search = '';
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    connectionString: url.href,
    cut() {
      state.isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend() {
      state.isCut = false;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

let database: TestDatabase;
let cable: Cable;
let peer: CountingPeer;
let app: TestApp;
let ada: WorkflowClient;

beforeAll(async () => {
  [database, peer] = await Promise.all([createTestDatabase(), startCountingPeer()]);
  cable = await layCable(database.connectionString);
  app = await createTestApp({
    connectionString: cable.connectionString,
    environ: { WORKFLOW_LOCAL_HOSTS: peer.host },
  });
  ada = new WorkflowClient(app, await app.person());
});
afterAll(async () => {
  await app?.stop();
  await cable?.close();
  await database?.drop();
  await peer?.close();
});

const send = (rest: object = {}) => ({
  id: 'send',
  type: 'http',
  approval: 'never',
  config: { url: peer.url, method: 'POST', body: { run: '{{run.id}}', item: '{{item}}' } },
  ...rest,
});
const effectsOf = (run: string) =>
  peer.effects.flatMap((one) =>
    (one as { run: string }).run === run ? [(one as { item: unknown }).item] : [],
  );

describe('a run', () => {
  it('goes on where the database was lost in the middle of it, and repeats no effect', async () => {
    const loop = definition(
      [{ id: 'each', type: 'loop', config: { items: '{{input.list}}', max_parallel: 2 } }, send()],
      ['start>each', 'each:each>send'],
    );
    const list = Array.from({ length: 200 }, (_, index) => index);
    const id = await ada.start(await ada.create(loop), { list });
    await vi.waitFor(() => expect(effectsOf(id).length).toBeGreaterThan(20), {
      timeout: 120_000,
      interval: 2,
    });
    cable.cut();
    await vi.waitFor(async () => expect((await ada.call('GET', `/runs/${id}`)).status).toBe(503), {
      timeout: 120_000,
    });
    expect(effectsOf(id).length).toBeLessThan(list.length);
    cable.mend();
    const run = await ada.until(id);
    expect(run).toMatchObject({ status: 'succeeded', used: { steps: list.length + 2 } });
    expect(effectsOf(id).toSorted((a, b) => Number(a) - Number(b))).toEqual(list);
  });

  it('runs no more items of a loop at the same time than it says', async () => {
    const before = peer.requests;
    peer.answerAfter(15);
    const loop = definition(
      [{ id: 'each', type: 'loop', config: { items: '{{input.list}}', max_parallel: 3 } }, send()],
      ['start>each', 'each:each>send'],
    );
    const run = await ada.finish(loop, { list: Array.from({ length: 40 }, (_, index) => index) });
    expect(run).toMatchObject({ status: 'succeeded' });
    peer.answerAfter(0);
    expect(peer.requests - before).toBe(40);
    expect(peer.mostAtOnce).toBeGreaterThan(1);
    expect(peer.mostAtOnce).toBeLessThanOrEqual(3);
  });

  it('sends what it tries again under the same key, so that it takes effect once', async () => {
    peer.failNext(2, 503);
    const before = peer.requests;
    const step = send({ retry: { max_attempts: 3, delay_seconds: 0 } });
    const run = await ada.finish(
      chain([{ ...step, config: { ...step.config, body: { run: '{{run.id}}', item: 1 } } }]),
    );
    expect(run).toMatchObject({ status: 'succeeded', steps: [{}, { attempts: 3 }] });
    expect(peer.requests - before).toBe(3);
    expect(effectsOf(run.id)).toEqual([1]);
  });

  it('that is paused in the middle of a step ends that step and begins no other', async () => {
    const release = peer.hold();
    const step = send();
    const drawn = chain([
      { ...step, config: { ...step.config, body: { run: '{{run.id}}', item: 1 } } },
      { id: 'after', type: 'text', config: { template: 'after' } },
    ]);
    const id = await ada.start(await ada.create(drawn));
    await vi.waitFor(() => expect(effectsOf(id)).toEqual([1]), { timeout: 120_000, interval: 5 });
    const asked = await ada.call<RunAnswer>('POST', `/runs/${id}/pause`);
    expect(asked.body).toMatchObject({ status: 'running', pause_requested: true });
    release();
    const paused = await ada.until(id, ['paused']);
    expect(paused.steps.map(({ node_id, status }) => [node_id, status])).toEqual([
      ['start', 'succeeded'],
      ['send', 'succeeded'],
      ['after', 'pending'],
    ]);
    await ada.call('POST', `/runs/${id}/resume`);
    expect(await ada.until(id)).toMatchObject({ status: 'succeeded', output: 'after' });
    expect(effectsOf(id)).toEqual([1]);
  });

  it('asks a person once for a step that is tried again', async () => {
    peer.failNext(1, 503);
    const step = send({ approval: 'required', retry: { max_attempts: 3, delay_seconds: 0 } });
    const id = await ada.start(
      await ada.create(
        chain([{ ...step, config: { ...step.config, body: { run: '{{run.id}}', item: 1 } } }]),
      ),
    );
    await ada.until(id, ['waiting']);
    const { body } = await ada.call<{ items: { id: string; run_id: string }[] }>('GET', '/approvals');
    const asked = body.items.filter((one) => one.run_id === id);
    expect(asked).toHaveLength(1);
    await ada.call('POST', `/approvals/${asked[0]?.id}/decide`, { decision: 'approve' });
    expect(await ada.until(id)).toMatchObject({ status: 'succeeded' });
    const after = await ada.call<{ items: { run_id: string }[] }>('GET', '/approvals');
    expect(after.body.items.filter((one) => one.run_id === id)).toHaveLength(1);
    expect(effectsOf(id)).toEqual([1]);
  });

  it('over 10,000 items holds no more memory than what runs at the same time needs', async () => {
    const loop = definition(
      [
        { id: 'each', type: 'loop', config: { items: '{{input.list}}', max_parallel: 8 } },
        { id: 'one', type: 'text', config: { template: 'Item {{index}}: {{item}}' } },
        { id: 'two', type: 'text', config: { template: '{{steps.one.output}}!' } },
      ],
      ['start>each', 'each:each>one', 'one>two'],
      { budget: { steps: 25_000 } },
    );
    const list = Array.from({ length: 10_000 }, (_, index) => index);
    const workflow = await ada.create(loop);
    const before = process.memoryUsage().heapUsed;
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed);
    }, 20);
    const run = await ada.until(await ada.start(workflow, { list }), undefined, 200_000);
    clearInterval(watch);
    expect(run).toMatchObject({ status: 'succeeded', used: { steps: 20_002 } });
    expect((run.output as unknown[])[9_999]).toBe('Item 9999: 9999!');
    // Garbage that was not collected yet is in it; the steps themselves, kept whole, would be several times as much.
    expect((most - before) / 1024 / 1024).toBeLessThan(160);
  });
});
