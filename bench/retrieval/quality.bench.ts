// P10: quality of lexical search on Cranfield 1400 against textbook BM25 and PostgreSQL's full-text search (OR).
import { addDocument, addPerson } from '../../server/src/features/retrieval/retrieval.fixture.ts';
import { createRetrievalService } from '../../server/src/features/retrieval/retrieval.service.ts';
import { noEmbedder } from '../../server/src/features/retrieval/vectors/embedder.ts';
import { createExactVectorIndex } from '../../server/src/features/retrieval/vectors/exact-vector-index.ts';
import type { Database } from '../../server/src/platform/database/database.ts';
import { createLogger } from '../../server/src/platform/telemetry/logger.ts';
import { report } from '../lib/figures.ts';
import { type BenchDatabase, openBenchDatabase } from './bench-database.ts';
import { type Cranfield, type CranfieldQuestion, evaluate, loadCranfield } from './cranfield.ts';
import { createTextbookBm25 } from './textbook-bm25.ts';

const depth = 100;
const targets = { ndcg10: 0.39, recall100: 0.74 };

type Rankings = Map<number, number[]>;

async function rankOurs(db: Database, cranfield: Cranfield): Promise<Rankings> {
  const ownerId = await addPerson(db);
  const ids = new Map<string, number>();
  for (const { id, title, text } of cranfield.documents) {
    const chunk = { text: text || title, headingPath: [title] };
    ids.set(await addDocument(db, ownerId, `${id}.txt`, [chunk]), id);
  }
  const log = createLogger({ level: 'silent' });
  const vectorIndex = createExactVectorIndex({ db, maxBytes: 1, idleMs: 1_000 });
  const service = createRetrievalService({
    db,
    embedder: noEmbedder,
    vectorIndex,
    log,
    embeddingTimeoutMs: 1_000,
  });
  const rankings: Rankings = new Map();
  for (const question of cranfield.questions) {
    const { items } = await service.search({
      actor: { userId: ownerId },
      query: question.text,
      scope: { kind: 'all' },
      limit: depth,
      signal: new AbortController().signal,
    });
    rankings.set(
      question.id,
      items.map((item) => ids.get(item.document_id) ?? 0),
    );
  }
  return rankings;
}

async function rankByFullText({ query }: BenchDatabase, cranfield: Cranfield): Promise<Rankings> {
  await query('create table bench_full_text (id int primary key, words tsvector not null)');
  for (const { id, text } of cranfield.documents)
    await query(`insert into bench_full_text values ($1, to_tsvector('english', $2))`, [id, text]);
  const rankings: Rankings = new Map();
  for (const question of cranfield.questions) {
    const rows = await query<{ id: number }>(
      `select id from bench_full_text,
        (select replace(plainto_tsquery('english', $1)::text, '&', '|')::tsquery as q) query
      where words @@ q order by ts_rank(words, q, 1) desc, id limit $2`,
      [question.text, depth],
    );
    rankings.set(
      question.id,
      rows.map((row) => row.id),
    );
  }
  return rankings;
}

function rankByTextbook(cranfield: Cranfield): Rankings {
  const search = createTextbookBm25(cranfield.documents);
  return new Map(cranfield.questions.map(({ id, text }) => [id, search(text, depth)]));
}

const halves: [string, (question: CranfieldQuestion) => boolean][] = [
  ['all questions', () => true],
  ['odd questions', ({ id }) => id % 2 === 1],
  ['even questions', ({ id }) => id % 2 === 0],
];

const bench = await openBenchDatabase();
try {
  const cranfield = await loadCranfield();
  const ours = await rankOurs(bench.db, cranfield);
  const baselines: [string, Rankings][] = [
    ['textbook BM25', rankByTextbook(cranfield)],
    ['PostgreSQL full text (OR)', await rankByFullText(bench, cranfield)],
  ];
  for (const [half, include] of halves)
    for (const [baselineName, rankings] of baselines)
      for (const measure of ['ndcg10', 'recall100'] as const) {
        const value = evaluate(cranfield, ours, include)[measure];
        report({
          id: 'P10',
          name: `Cranfield ${measure === 'ndcg10' ? 'nDCG@10' : 'recall@100'}, ${half}, against ${baselineName}`,
          ours: value,
          baseline: evaluate(cranfield, rankings, include)[measure],
          unit: measure === 'ndcg10' ? 'nDCG@10' : 'recall@100',
          target: `≥ ${targets[measure]}`,
          met: value >= targets[measure],
        });
      }
} finally {
  await bench.stop();
}
