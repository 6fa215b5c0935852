import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import fc from '../../../../test/property.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/test-database.ts';
import { type Database, type DatabaseHandle, openDatabase } from '../../../platform/database/database.ts';
import { createLogger } from '../../../platform/telemetry/logger.ts';
import { createChunkIndexer } from '../chunk-indexing.ts';
import { loadCorpus } from '../corpus.ts';
import { fuse } from '../fusion.ts';
import { addDocument, addPerson } from '../retrieval.fixture.ts';
import { createRetrievalService } from '../retrieval.service.ts';
import { embedDocument } from './embed-document.ts';
import { type Embedder, noEmbedder, toUnitLength } from './embedder.ts';
import { createExactVectorIndex, VectorsTooLarge } from './exact-vector-index.ts';
import { createPgvectorIndex, hasPgvector } from './pgvector-index.ts';
import type { VectorIndex } from './vector-index.ts';
import { listDocumentsToEmbed } from './vector-queries.ts';
import { scanVectors } from './vector-scan.ts';

let database: TestDatabase;
let handle: DatabaseHandle;
let db: Database;
let ownerId: string;
let index: VectorIndex;
const log = createLogger({ level: 'silent' });
const never = new AbortController().signal;
const plain = (...texts: string[]) => texts.map((text) => ({ text, headingPath: [] }));

beforeAll(async () => {
  database = await createTestDatabase();
  handle = openDatabase({
    connectionString: database.connectionString,
    maxConnections: 8,
    statementTimeoutMs: 30_000,
    onPoolError: () => {},
  });
  db = handle.db;
});
afterAll(async () => {
  await handle.close();
  await database.drop();
});
beforeEach(async () => {
  ownerId = await addPerson(db);
  index = createExactVectorIndex({ db, maxBytes: 1_000_000, idleMs: 60_000 });
});
afterEach(() => index.close());

/** Meaning as three numbers: animals, vehicles, and a little of everything. */
function meaning(text: string): Float32Array {
  const count = (pattern: RegExp): number => [...text.matchAll(pattern)].length;
  return Float32Array.of(count(/dog|hound|puppy/gi), count(/car|automobile|truck/gi), 0.1);
}

interface FakeEmbedder extends Embedder {
  model: string | undefined;
  batches: number[];
  failure: Error | undefined;
}

function fakeEmbedder(): FakeEmbedder {
  const fake: FakeEmbedder = {
    model: 'fake/one',
    batches: [],
    failure: undefined,
    currentModel: async () => fake.model,
    async embed({ texts, signal }) {
      signal.throwIfAborted();
      if (fake.failure) throw fake.failure;
      fake.batches.push(texts.length);
      return texts.map(meaning);
    },
  };
  return fake;
}

const serviceWith = (embedder: Embedder) =>
  createRetrievalService({ db, embedder, vectorIndex: index, log, embeddingTimeoutMs: 1_000 });

const searchWith = (embedder: Embedder, query: string) =>
  serviceWith(embedder).search({
    actor: { userId: ownerId },
    query,
    scope: { kind: 'all' },
    limit: 10,
    signal: never,
  });

const embed = (embedder: Embedder, documentId: string) =>
  embedDocument({ db, embedder }, { documentId, signal: never });

describe('hybrid search', () => {
  test('finds by meaning what shares no word, and says so', async () => {
    const embedder = fakeEmbedder();
    const id = await addDocument(db, ownerId, 'a', plain('The hound sleeps.', 'The automobile is red.'));
    await embed(embedder, id);
    const { items, retrieval } = await searchWith(embedder, 'puppy');
    expect(items[0]?.text).toContain('The hound sleeps.');
    expect(items[0]?.why).toMatchObject({ lexical_rank: null, vector_rank: 1 });
    expect(items[0]?.why.vector_similarity).toBeGreaterThan(0.9);
    expect(retrieval).toEqual({ lexical: true, vectors: 'used', detail: null });
  });

  test('says how many passages have vectors while they are being computed', async () => {
    const embedder = fakeEmbedder();
    await embed(embedder, await addDocument(db, ownerId, 'a', plain('The hound sleeps.')));
    await addDocument(db, ownerId, 'b', plain('The dog barks.'));
    const { items, retrieval } = await searchWith(embedder, 'dog');
    expect(items).toHaveLength(2);
    expect(retrieval.detail).toContain('1 of 2 passages');
  });

  test('searches by words alone without a model, or when the model fails, and says which', async () => {
    await addDocument(db, ownerId, 'a', plain('The dog barks.'));
    const without = await searchWith(noEmbedder, 'dog');
    expect(without.items).toHaveLength(1);
    expect(without.retrieval.vectors).toBe('no_model');
    const failing = fakeEmbedder();
    failing.failure = new Error('connection refused');
    const failed = await searchWith(failing, 'dog');
    expect(failed.items).toHaveLength(1);
    expect(failed.retrieval).toMatchObject({ vectors: 'unavailable' });
    expect(failed.retrieval.detail).not.toContain('connection refused');
  });

  test('S30: does not return a vector neighbour of another person', async () => {
    const embedder = fakeEmbedder();
    const other = await addPerson(db);
    await embed(embedder, await addDocument(db, other, 'secret', plain('My dog is called Rex.')));
    await embed(embedder, await addDocument(db, ownerId, 'mine', plain('A truck.')));
    const { items } = await searchWith(embedder, 'puppy');
    expect(items.map((item) => item.document_name)).not.toContain('secret');
  });

  test('fusion is by ranks, and both lists count', () => {
    const fused = fuse(
      [
        { number: 1, score: 9 },
        { number: 2, score: 8 },
      ],
      [
        { number: 2, similarity: 0.9 },
        { number: 3, similarity: 0.8 },
      ],
    );
    expect(fused.map(({ number }) => number)).toEqual([2, 1, 3]);
    expect(fused[0]?.fusedScore).toBeCloseTo(1 / 62 + 1 / 61, 12);
    expect(fused[2]).toMatchObject({ lexicalRank: null, vectorRank: 2, vectorSimilarity: 0.8 });
  });
});

describe('embedding', () => {
  test('goes on where it stopped, in batches, with progress', async () => {
    const embedder = fakeEmbedder();
    const texts = Array.from({ length: 70 }, (_, n) => `Dog number ${n}.`);
    const id = await addDocument(db, ownerId, 'dogs', plain(...texts));
    const indexer = createChunkIndexer({ db, embedder });
    const seen: { done: number; total: number }[] = [];
    await indexer
      .embedChunks(id, never, (progress) => {
        seen.push(progress);
        if (seen.length === 1) embedder.failure = new Error('model server died');
      })
      .catch(() => undefined);
    embedder.failure = undefined;
    await indexer.embedChunks(id, never, (progress) => {
      seen.push(progress);
    });
    expect(seen).toEqual([
      { done: 32, total: 70 },
      { done: 64, total: 70 },
      { done: 70, total: 70 },
    ]);
    expect(embedder.batches).toEqual([32, 32, 6]);
  });

  test('another model embeds anew, and only what it lacks', async () => {
    const embedder = fakeEmbedder();
    const id = await addDocument(db, ownerId, 'a', plain('Dog.'));
    await embed(embedder, id);
    expect(
      await listDocumentsToEmbed(db, 'fake/one', '00000000-0000-0000-0000-000000000000', 100),
    ).not.toContain(id);
    embedder.model = 'fake/two';
    expect(await listDocumentsToEmbed(db, 'fake/two', '00000000-0000-0000-0000-000000000000', 100)).toContain(
      id,
    );
    expect(await embed(embedder, id)).toEqual({ state: 'done', embedded: 1 });
    expect(await embed(embedder, id)).toEqual({ state: 'done', embedded: 0 });
  });

  test('does nothing without a model or for an unknown document', async () => {
    const id = await addDocument(db, ownerId, 'a', plain('Dog.'));
    expect(await embed(noEmbedder, id)).toEqual({ state: 'no_model', embedded: 0 });
    expect(await embed(fakeEmbedder(), ownerId)).toEqual({ state: 'done', embedded: 0 });
  });

  test('erasure takes the vectors along', async () => {
    const embedder = fakeEmbedder();
    const id = await addDocument(db, ownerId, 'a', plain('Dog.'));
    await embed(embedder, id);
    const indexer = createChunkIndexer({ db, embedder });
    await db.transaction().execute((trx) => indexer.removeDocument(trx, id));
    const { rows } = await sql`select 1 from retrieval_vectors where owner_id = ${ownerId}`.execute(db);
    expect(rows).toEqual([]);
  });
});

describe('exact index', () => {
  const searchIndex = async (query: string, model = 'fake/one', limit = 10) =>
    index.search({
      corpus: await loadCorpus(db, ownerId, { kind: 'all' }),
      model,
      vector: toUnitLength(meaning(query)) ?? new Float32Array(3),
      limit,
    });

  test('sees vectors that were added after its first search', async () => {
    const embedder = fakeEmbedder();
    await embed(embedder, await addDocument(db, ownerId, 'a', plain('Dog.')));
    expect((await searchIndex('dog')).considered).toBe(1);
    await embed(embedder, await addDocument(db, ownerId, 'b', plain('Car.', 'Truck.')));
    expect((await searchIndex('car')).considered).toBe(3);
  });

  test('searches at the same time load each vector once', async () => {
    await embed(fakeEmbedder(), await addDocument(db, ownerId, 'a', plain('Dog.', 'Car.')));
    const results = await Promise.all(Array.from({ length: 8 }, () => searchIndex('dog')));
    expect(results.map(({ considered }) => considered)).toEqual(new Array(8).fill(2));
  });

  test('passes over deleted documents', async () => {
    const id = await addDocument(db, ownerId, 'a', plain('Dog.'));
    await embed(fakeEmbedder(), id);
    await searchIndex('dog');
    await sql`update documents set deleted_at = now() where id = ${id}`.execute(db);
    expect(await searchIndex('dog')).toEqual({ hits: [], considered: 0 });
  });

  test('gives back memory and refuses what does not fit into it', async () => {
    await index.close();
    index = createExactVectorIndex({ db, maxBytes: 40, idleMs: 60_000 });
    await embed(fakeEmbedder(), await addDocument(db, ownerId, 'a', plain('Dog.', 'Car.')));
    expect((await searchIndex('dog')).considered).toBe(2);
    await embed(fakeEmbedder(), await addDocument(db, ownerId, 'b', plain('Truck.')));
    await expect(searchIndex('dog')).rejects.toMatchObject({ code: VectorsTooLarge.code });
  });

  test('finds the same as sorting all similarities does', () => {
    const vector = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(vector, { maxLength: 40 }),
        vector,
        fc.integer({ min: 1, max: 10 }),
        (rows, q, limit) => {
          const query = Float32Array.from(q);
          const segment = {
            numbers: Int32Array.from(rows.keys()),
            vectors: Float32Array.from(rows.flat()),
          };
          const allowed = new Uint8Array(rows.length).map((_, n) => (n % 3 === 0 ? 0 : 1));
          const found = scanVectors([segment], query, allowed, limit);
          const all = rows
            .map((row, n) => ({ n, s: row.reduce((sum, v, i) => sum + Math.fround(v) * (query[i] ?? 0), 0) }))
            .filter(({ n }) => allowed[n] === 1)
            .sort((a, b) => b.s - a.s);
          expect(found.considered).toBe(all.length);
          found.hits.forEach((hit, rank) => {
            expect(hit.similarity).toBeCloseTo(all[rank]?.s ?? Number.NaN, 5);
          });
          expect(found.hits).toHaveLength(Math.min(limit, all.length));
        },
      ),
    );
  });
});

describe('pgvector', () => {
  /** Records statements and answers from a script: the extension is not in the embedded database. */
  function scripted(answer: (statement: string) => unknown[]) {
    const statements: string[] = [];
    class ScriptedDriver extends DummyDriver {
      override async acquireConnection() {
        return {
          async executeQuery<Row>({ sql: statement }: { sql: string }): Promise<QueryResult<Row>> {
            statements.push(statement);
            return { rows: answer(statement) as Row[] };
          },
          async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {},
        };
      }
    }
    const fake = new Kysely({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new ScriptedDriver(),
        createIntrospector: (kysely) => new PostgresIntrospector(kysely),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    }) as unknown as Database;
    return { fake, statements };
  }

  test('is used from version 0.8 on, and is absent from the embedded database', async () => {
    const version = (extversion?: string) =>
      hasPgvector(scripted(() => (extversion ? [{ extversion }] : [])).fake);
    expect(await Promise.all([version('0.8.1'), version('1.0'), version('0.7.4'), version()])).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(await hasPgvector(db)).toBe(false);
  });

  test('makes one index per number of dimensions and filters by owner, model and document', async () => {
    await addDocument(db, ownerId, 'a', plain('Dog.'));
    const corpus = await loadCorpus(db, ownerId, { kind: 'all' });
    const { fake, statements } = scripted((statement) =>
      statement.includes('count(*)') ? [{ count: 1 }] : [{ number: 0, similarity: 0.5 }],
    );
    const pgvector = createPgvectorIndex(fake);
    const request = { corpus, model: 'm', vector: Float32Array.of(1, 0, 0), limit: 5 };
    await pgvector.search(request);
    expect(await pgvector.search(request)).toEqual({ hits: [{ number: 0, similarity: 0.5 }], considered: 1 });
    const made = statements.filter((statement) => statement.startsWith('create index'));
    expect(made).toHaveLength(1);
    expect(made[0]).toContain('vector(3)');
    const query = statements.find((statement) => statement.includes('order by')) ?? '';
    for (const column of ['owner_id', 'model', 'document_id']) expect(query).toContain(column);
  });
});
