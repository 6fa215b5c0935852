import { afterAll, beforeAll, expect, test } from 'vitest';
import fc from '../../../../test/property.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/test-database.ts';
import { type Database, type DatabaseHandle, openDatabase } from '../../../platform/database/database.ts';
import { addDocument, addPerson } from '../retrieval.fixture.ts';
import { citationsFromAnswer, claimsBySource, type Source } from './answer-citations.ts';
import { findQuote, normalizeText } from './normalized-text.ts';
import { verifyQuote } from './quote-verification.ts';

const pages = [
  'The bridge was opened in 1932. It carries “two railway tracks” and a road.',
  'Repairs cost 4.2 million dollars.\nThey were   finished in May — on time.',
];
const whole = pages.join('\n\n');
const why = {
  matched_terms: [],
  lexical_rank: 1,
  lexical_score: 1,
  vector_rank: null,
  vector_similarity: null,
  fused_score: 1,
};

let database: TestDatabase;
let handle: DatabaseHandle;
let db: Database;
let ownerId: string;
let documentId: string;

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
  documentId = await addDocument(
    db,
    ownerId,
    'bridge',
    pages.map((text) => ({ text, headingPath: [] })),
  );
});
afterAll(async () => {
  await handle.close();
  await database.drop();
});

const sources = (): Source[] =>
  pages.map((text, index) => ({
    chunk_id: documentId,
    document_id: documentId,
    document_name: 'bridge',
    page_start: index + 1,
    start: whole.indexOf(text),
    end: whole.indexOf(text) + text.length,
    heading_path: [],
    text,
    why,
  }));

test('finds a quote apart from white space and typography, at its exact place and page', async () => {
  const found = await verifyQuote(db, {
    ownerId,
    documentId,
    quote: 'They were finished in\nMay - on time',
  });
  expect(found).toMatchObject({ page: 2, verified: true, quote: 'They were   finished in May — on time' });
  expect(whole.slice(found?.start, found?.end)).toBe(found?.quote);
});

test('finds a quote that spans pages, and none that is not there', async () => {
  const quote = 'and a road. Repairs cost';
  expect(await verifyQuote(db, { ownerId, documentId, quote, near: 9_999 })).toMatchObject({ page: 1 });
  expect(await verifyQuote(db, { ownerId, documentId, quote: 'and a rail. Repairs cost' })).toBeUndefined();
});

test('S30: does not verify against a document of another person', async () => {
  const other = await addPerson(db);
  expect(await verifyQuote(db, { ownerId: other, documentId, quote: 'The bridge' })).toBeUndefined();
});

test('an answer cites the sentence that supports it, verified against the document', async () => {
  const answer =
    'The repairs cost 4.2 million dollars [2]. It was opened in 1932. [1] See also [7] and `x[1]`.';
  const citations = await citationsFromAnswer(db, { ownerId, answer, sources: sources() });
  expect(citations.map(({ number, quote, verified, page }) => ({ number, quote, verified, page }))).toEqual([
    { number: 1, quote: 'The bridge was opened in 1932.', verified: true, page: 1 },
    { number: 2, quote: 'Repairs cost 4.2 million dollars.', verified: true, page: 2 },
  ]);
  for (const { start, end, quote } of citations) expect(whole.slice(start, end)).toBe(quote);
});

test('a literal quotation in the answer is cited as it is', async () => {
  const answer = 'It has "two railway tracks" [1].';
  const [citation] = await citationsFromAnswer(db, { ownerId, answer, sources: sources() });
  expect(citation).toMatchObject({ quote: 'two railway tracks', verified: true });
});

test('a source that is not in the document is not verified', async () => {
  const forged = sources().map((source) => ({ ...source, text: 'The bridge was opened in 1931, they say.' }));
  const citations = await citationsFromAnswer(db, {
    ownerId,
    answer: 'Opened in 1931 [1].',
    sources: forged,
  });
  expect(citations[0]?.verified).toBe(false);
});

test('reads several markers, and ignores numbers without a source', () => {
  const claims = claimsBySource('One fact. [1, 2] Another fact [2][3].', 2);
  expect([...claims]).toEqual([
    [1, ['One fact.']],
    [2, ['One fact.', 'Another fact .']],
  ]);
});

test('any part of a text is found at a place that reads the same', () => {
  const unit = fc.constantFrom('a', 'B', ' ', '\n', '“', '’', '—', '…', 'ﬁ', '😀', '\u00ad', 'é');
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(), (units, a, b) => {
      const text = units.join('');
      const from = a % units.length;
      const quote = units.slice(from, from + 1 + (b % (units.length - from))).join('');
      const found = findQuote(normalizeText(text), quote);
      const plain = normalizeText(quote).text.trim();
      if (plain === '') return;
      expect(found).toBeDefined();
      expect(normalizeText(text.slice(found?.start, found?.end)).text.trim()).toBe(plain);
    }),
  );
});
