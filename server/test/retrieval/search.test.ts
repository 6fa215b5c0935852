import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { addDocument } from '../../src/features/retrieval/retrieval.fixture.ts';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp, type TestPerson } from '../test-app.ts';

let testApp: TestApp;
let peer: FakeModelServer;
let person: TestPerson;

beforeAll(async () => {
  [testApp, peer] = await Promise.all([createTestApp(), startFakeModelServer()]);
  person = await testApp.person();
  await addDocument(testApp.platform.db, person.userId, 'owls.txt', [
    { text: 'Owls hunt at night.', headingPath: ['Birds'] },
  ]);
});
afterAll(async () => {
  await testApp.stop();
  await peer.close();
});

async function search(payload: object, headers: Record<string, string> = person.headers) {
  const response = await testApp.app.inject({ method: 'POST', url: '/api/v1/search', headers, payload });
  return { status: response.statusCode, body: response.json() };
}

test('answers passages with highlights and the reason for each', async () => {
  const { status, body } = await search({ query: 'When do owls hunt?' });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    items: [
      {
        document_name: 'owls.txt',
        heading_path: ['Birds'],
        page_start: 1,
        start: 0,
        end: 19,
        highlights: [
          { start: 0, end: 4 },
          { start: 5, end: 9 },
        ],
        why: { lexical_rank: 1, vector_rank: null },
      },
    ],
    retrieval: { lexical: true, vectors: 'no_model', detail: 'No embedding model is assigned.' },
  });
  expect(body.took_ms).toBeGreaterThan(0);
});

test('S31: refuses who is not signed in', async () => {
  expect((await search({ query: 'owls' }, {})).status).toBe(401);
});

test("S30: another person's document answers exactly as an unknown one", async () => {
  const other = await testApp.person();
  const foreign = await addDocument(testApp.platform.db, other.userId, 'x', [{ text: 'x', headingPath: [] }]);
  const ask = (id: string) => search({ query: 'owls', scope: { kind: 'documents', document_ids: [id] } });
  const [known, unknown] = await Promise.all([ask(foreign), ask(uuidv7())]);
  expect(known.status).toBe(404);
  expect({ ...known.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
});

test.each([
  ['no query', {}],
  ['an empty query', { query: '' }],
  ['a query that is no text', { query: ['owls'] }],
  ['an unknown key', { query: 'owls', owner_id: uuidv7() }],
  ['an unknown scope', { query: 'owls', scope: { kind: 'everyone' } }],
  ['a scope without its id', { query: 'owls', scope: { kind: 'collection' } }],
  ['an id that is none', { query: 'owls', scope: { kind: 'documents', document_ids: ["' or 1=1"] } }],
  ['too many wanted', { query: 'owls', limit: 1_000 }],
])('refuses %s', async (_name, payload) => {
  expect((await search(payload)).status).toBe(422);
});

test('a question of 100 KB is answered', async () => {
  expect((await search({ query: 'owls hunt '.repeat(10_000) })).body.items).toHaveLength(1);
});

test('assigning an embedding model computes vectors of what is there already', async () => {
  const admin = await testApp.person('admin');
  const call = async (method: 'POST' | 'PUT', url: string, payload: object) => {
    const response = await testApp.app.inject({
      method,
      url: `/api/v1/models${url}`,
      headers: admin.headers,
      payload,
    });
    expect(response.statusCode, response.body).toBeLessThan(300);
    return response.json();
  };
  const provider = { kind: 'ollama', name: 'Home', base_url: peer.url, allow_local: true };
  const { id } = await call('POST', '/providers', provider);
  await call('PUT', '/slots/embedding', { provider_id: id, model: 'embedder:latest' });
  await vi.waitFor(
    async () => {
      const { body } = await search({ query: 'owls' });
      expect(body.retrieval).toEqual({ lexical: true, vectors: 'used', detail: null });
      expect(body.items[0].why.vector_rank).toBe(1);
    },
    { timeout: 120_000, interval: 100 },
  );
});
