// P9: hybrid search at 1,000 and 10,000 chunks (and more with BENCH_CHUNKS=1000,10000,100000) against PostgreSQL's
// full-text query alone (OR, ts_rank) on the same text. BENCH_OTHER_CHUNKS adds chunks of another person first.
import { addDocument, addPerson } from '../../server/src/features/retrieval/retrieval.fixture.ts';
import { createRetrievalService } from '../../server/src/features/retrieval/retrieval.service.ts';
import { embedDocument } from '../../server/src/features/retrieval/vectors/embed-document.ts';
import type { Embedder } from '../../server/src/features/retrieval/vectors/embedder.ts';
import { createExactVectorIndex } from '../../server/src/features/retrieval/vectors/exact-vector-index.ts';
import type { Database } from '../../server/src/platform/database/database.ts';
import { createLogger } from '../../server/src/platform/telemetry/logger.ts';
import { report } from '../lib/figures.ts';
import { type BenchDatabase, openBenchDatabase } from './bench-database.ts';
import { loadCranfield } from './cranfield.ts';

const sizes = (process.env.BENCH_CHUNKS ?? '1000,10000').split(',').map(Number);
const otherChunks = Number(process.env.BENCH_OTHER_CHUNKS ?? '0');
const chunksPerDocument = 40;
const sentencesPerChunk = 7;
const dimensions = 256;
const questionCount = 60;
const never = new AbortController().signal;

/** The same numbers in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = createRandom(7);
const cranfield = await loadCranfield();
const sentences = cranfield.documents.flatMap(({ text }) => text.split(' .').map((part) => part.trim()));
const questions = cranfield.questions.slice(0, questionCount).map((question) => question.text);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

/** Real sentences in random order, with a rare word in each chunk: the long tail that real text has. */
function makeChunk(): { text: string; headingPath: string[] } {
  const parts = Array.from({ length: sentencesPerChunk }, () => pick(sentences));
  return {
    text: `${parts.join('. ')}. Reference k${Math.floor(random() * 1e6).toString(36)}.`,
    headingPath: [pick(sentences).slice(0, 60)],
  };
}

const embedder: Embedder = {
  currentModel: async () => 'bench/random',
  embed: async ({ texts }) =>
    texts.map(() => Float32Array.from({ length: dimensions }, () => random() - 0.5)),
};

async function fill(db: Database, ownerId: string, count: number, embed: boolean): Promise<void> {
  for (let done = 0; done < count; done += chunksPerDocument) {
    const chunks = Array.from({ length: Math.min(chunksPerDocument, count - done) }, makeChunk);
    const documentId = await addDocument(db, ownerId, `Document ${done}`, chunks);
    if (embed) await embedDocument({ db, embedder }, { documentId, signal: never });
  }
}

/** Milliseconds per question in ascending order; every question is asked once before, untimed. */
async function timeQuestions(ask: (question: string) => Promise<unknown>): Promise<number[]> {
  for (const question of questions) await ask(question);
  const times: number[] = [];
  for (const question of questions) {
    const startedAt = performance.now();
    await ask(question);
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const fullTextSearch = `
  select c.id, c.text from chunks c join (
    select f.id, ts_rank(words, q) as rank from bench_full_text f,
      (select replace(plainto_tsquery('english', $2)::text, '&', '|')::tsquery as q) query
    where owner_id = $1 and words @@ q order by 2 desc limit 10) best on best.id = c.id
  order by best.rank desc`;

async function measure(
  { db, query }: BenchDatabase,
  count: number,
): Promise<{ ours: number[]; baseline: number[] }> {
  const ownerId = await addPerson(db);
  await fill(db, ownerId, count, true);
  await query(
    `create table bench_full_text as
      select id, owner_id, to_tsvector('english', text) as words from chunks where owner_id = '${ownerId}'`,
  );
  await query('create index on bench_full_text using gin (words)');
  // What autovacuum does on a server that runs.
  await query('vacuum analyze');
  const log = createLogger({ level: 'silent' });
  const vectorIndex = createExactVectorIndex({ db, maxBytes: 1024 ** 3, idleMs: 60_000 });
  const service = createRetrievalService({ db, embedder, vectorIndex, log, embeddingTimeoutMs: 10_000 });
  const scope = { kind: 'all' } as const;
  const ours = await timeQuestions((question) =>
    service.search({ actor: { userId: ownerId }, query: question, scope, limit: 10, signal: never }),
  );
  const baseline = await timeQuestions((question) => query(fullTextSearch, [ownerId, question]));
  await vectorIndex.close();
  await query('drop table bench_full_text');
  return { ours, baseline };
}

const bench = await openBenchDatabase();
try {
  if (otherChunks > 0) await fill(bench.db, await addPerson(bench.db), otherChunks, false);
  let before: { count: number; p50: number } | undefined;
  for (const count of sizes) {
    const { ours, baseline } = await measure(bench, count);
    const p50 = quantile(ours, 0.5);
    report({
      id: 'P9',
      name: `hybrid search at ${count} chunks, p50`,
      ours: p50,
      baseline: quantile(baseline, 0.5),
      unit: 'ms',
      target: '≤ 50 at 100,000',
      met: p50 <= 50,
    });
    if (before)
      report({
        id: 'P9',
        name: `growth of p50 from ${before.count} to ${count} chunks, against growth of the chunks`,
        ours: p50 / before.p50,
        baseline: count / before.count,
        unit: 'times',
        target: 'below linear',
        met: p50 / before.p50 < count / before.count,
      });
    before = { count, p50 };
  }
} finally {
  await bench.stop();
}
