import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../../test/test-database.ts';
import { type Database, type DatabaseHandle, openDatabase } from '../../../platform/database/database.ts';
import type { Source } from '../citations/answer-citations.ts';
import { addDocument, addPerson } from '../retrieval.fixture.ts';
import { createExtractiveEngine } from './extractive-engine.ts';
import { questionKind } from './question-kind.ts';

const text = [
  'The Harbour Bridge crosses the river at Port Ellis.',
  'The bridge was opened on 19 March 1932 after eight years of work.',
  'It was designed by John Bradfield and built by Dorman Long.',
  'About 160,000 vehicles cross the bridge every day.',
  'Painting the bridge never ends because salt air attacks the steel.',
].join(' ');

let database: TestDatabase;
let handle: DatabaseHandle;
let db: Database;
let ownerId: string;
let passages: Source[];

beforeAll(async () => {
  database = await createTestDatabase();
  handle = openDatabase({
    connectionString: database.connectionString,
    maxConnections: 4,
    statementTimeoutMs: 30_000,
    onPoolError: () => {},
  });
  db = handle.db;
  ownerId = await addPerson(db);
  const id = await addDocument(db, ownerId, 'bridge.txt', [{ text, headingPath: ['Harbour Bridge'] }]);
  const why = {
    matched_terms: [],
    lexical_rank: 1,
    lexical_score: 1,
    vector_rank: null,
    vector_similarity: null,
    fused_score: 1,
  };
  passages = [
    {
      chunk_id: id,
      document_id: id,
      document_name: 'bridge.txt',
      page_start: 1,
      start: 0,
      end: text.length,
      heading_path: ['Harbour Bridge'],
      text,
      why,
    },
  ];
});
afterAll(async () => {
  await handle.close();
  await database.drop();
});

const answer = (question: string) =>
  createExtractiveEngine({ db }).answer({
    ownerId,
    question,
    passages,
    signal: new AbortController().signal,
  });

test.each([
  ['When was the bridge opened?', '19 March 1932'],
  ['Who designed the bridge?', 'John Bradfield'],
  ['How many vehicles cross the bridge?', '160,000'],
  ['Why does painting the bridge never end?', 'salt air'],
])('%s is answered with the sentence that says it, first', async (question, expected) => {
  const { citations, text: shown } = await answer(question);
  expect(citations[0]?.quote).toContain(expected);
  expect(citations.every(({ verified }) => verified)).toBe(true);
  expect(shown).toContain('no model connected');
  expect(shown).toContain('[1]');
});

test('every quotation is verbatim and at its place', async () => {
  const { citations } = await answer('Summarise the document');
  expect(citations.length).toBeGreaterThan(0);
  for (const { start, end, quote } of citations) expect(text.slice(start, end)).toBe(quote);
});

test.each(['What is the boiling point of mercury?', 'Who won the football championship?', '???'])(
  'says plainly that nothing answers: %s',
  async (question) => {
    const { citations, text: shown } = await answer(question);
    expect(citations).toEqual([]);
    expect(shown).toContain('found nothing');
  },
);

test('answers piece by piece, label first', async () => {
  const engine = createExtractiveEngine({ db });
  const request = {
    ownerId,
    question: 'When was it opened?',
    passages,
    signal: new AbortController().signal,
  };
  const kinds = (await Array.fromAsync(engine.stream(request))).map(({ kind }) => kind);
  expect(kinds[0]).toBe('label');
  expect(kinds.slice(1).every((kind) => kind === 'quotation')).toBe(true);
});

test('tells the kinds of questions apart', () => {
  expect(questionKind('Summarise this')).toBe('summary');
  expect(questionKind('Wie viele Kinder?')).toBe('how_many');
  expect(questionKind('Wann kam er?')).toBe('when');
  expect(questionKind('Explain entropy')).toBe('what');
});

test('a heading that names the question is answered by its section, and is never quoted itself', async () => {
  const section =
    '## How your privacy is protected\n\nFiles stay on this machine. Other people cannot see them.';
  const id = await addDocument(db, ownerId, 'guide.md', [
    { text: section, headingPath: ['Guide', 'How your privacy is protected'] },
  ]);
  const passage = passages[0];
  if (!passage) throw new Error('No passage to start from.');
  const { citations } = await createExtractiveEngine({ db }).answer({
    ownerId,
    question: 'How is my privacy protected?',
    passages: [
      {
        ...passage,
        chunk_id: id,
        document_id: id,
        document_name: 'guide.md',
        end: section.length,
        heading_path: ['Guide', 'How your privacy is protected'],
        text: section,
      },
    ],
    signal: new AbortController().signal,
  });
  expect(citations.map(({ quote }) => quote)).toEqual([
    'Files stay on this machine. Other people cannot see them.',
  ]);
});
