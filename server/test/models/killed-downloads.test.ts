import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../src/platform/events/event-log.ts';
import { type Behaviour, type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp, type TestPerson, testMasterSecret } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import type { ModelWorkerOptions } from './model-worker-process.ts';

describe('downloads whose worker dies', () => {
  let database: TestDatabase;
  let peer: FakeModelServer;
  let api: TestApp;
  let admin: TestPerson;
  const workers: ChildProcess[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    peer = await startFakeModelServer({ apiKey: 'key' });
    api = await createTestApp({ role: 'api', connectionString: database.connectionString, alone: false });
    admin = await api.person('admin');
  });
  beforeEach(() => peer.reset());
  afterEach(() => Promise.all(workers.splice(0).map(kill)));
  afterAll(async () => {
    await api.stop();
    await peer.close();
    await database.drop();
  });

  async function startWorker(alone: boolean): Promise<ChildProcess> {
    const { connectionString } = database;
    const options: ModelWorkerOptions = {
      connectionString,
      dataDir: api.dataDir,
      masterSecret: testMasterSecret,
      alone,
    };
    const entry = path.join(import.meta.dirname, 'model-worker-process.ts');
    const worker = spawn(process.execPath, [entry, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    workers.push(worker);
    await once(worker.stdout, 'data');
    return worker;
  }

  async function kill(worker: ChildProcess): Promise<void> {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const exited = once(worker, 'exit');
    worker.kill('SIGKILL');
    await exited;
  }

  async function post(url: string, payload: object): Promise<{ id: string }> {
    const response = await api.app.inject({ method: 'POST', url, headers: admin.headers, payload });
    expect(response.statusCode).toBeLessThan(300);
    return response.json();
  }

  async function followUntil(pullId: string, met: (event: StreamEvent) => boolean): Promise<StreamEvent[]> {
    const seen: StreamEvent[] = [];
    const abort = new AbortController();
    for await (const batch of api.platform.eventLog.follow(pullId, 0, abort.signal)) {
      seen.push(...batch);
      if (seen.some(met)) break;
    }
    return seen;
  }

  test.each<[string, Behaviour, object]>([
    ['goes on by itself and ends', {}, { status: 'done', completed_bytes: 1_000_000 }],
    ['ends as failed when the server has failed meanwhile', { status: 500 }, { status: 'failed' }],
  ])('a download %s', async (outcome, afterwards, expected) => {
    const provider = { kind: 'ollama', name: outcome, base_url: peer.url, allow_local: true, api_key: 'key' };
    const { id: providerId } = await post('/api/v1/models/providers', provider);
    const first = await startWorker(false);
    peer.script({ path: '/api/pull', gateAfter: 3 });
    const pull = await post(`/api/v1/models/providers/${providerId}/pull`, { model: 'big:7b' });
    await followUntil(
      pull.id,
      (event) => (event.data as { total_bytes: number | null }).total_bytes !== null,
    );
    await kill(first);
    await peer.until((request) => request.path === '/api/pull' && request.state === 'cut');
    peer.script({ path: '/api/pull', ...afterwards });
    await startWorker(true);
    const events = await followUntil(pull.id, (event) => event.type === 'end');
    expect(events.at(-1)).toMatchObject({ type: 'end', data: expected });
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(peer.requests.filter((request) => request.path === '/api/pull')).toHaveLength(2);
  });
});
