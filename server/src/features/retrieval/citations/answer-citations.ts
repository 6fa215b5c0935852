import type { Queryable } from '../../../platform/database/database.ts';
import { analyze } from '../analysis/analyzer.ts';
import { detectLanguage, isStopWord, type Language } from '../analysis/language.ts';
import { splitSentences, type TextSpan } from '../analysis/sentences.ts';
import { tokenize } from '../analysis/tokenizer.ts';
import type { Citation, Passage, WebPlace, Why } from '../retrieval.schemas.ts';
import { findQuote, normalizeText } from './normalized-text.ts';
import { checkPlace, verifyQuote } from './quote-verification.ts';

/** What a citation needs of a passage, which stands in a document or, with `web`, on a page of the web. */
export interface Source
  extends Pick<Passage, 'document_name' | 'page_start' | 'start' | 'end' | 'heading_path' | 'text'> {
  chunk_id: string | null;
  document_id: string | null;
  why: Why | null;
  web?: WebPlace | undefined;
}

const marker = /\[(\d{1,3}(?:[,;] ?\d{1,3}){0,20})\]/g;
const code = /```[^`]*(?:```|$)|`[^`\n]*`/g;
const quoted = /"([^"\n]{8,1000})"|“([^“”\n]{8,1000})”|„([^„“”\n]{8,1000})[“”]|«([^«»\n]{8,1000})»/g;
const maxAnswerUnits = 200_000;
const maxSpanUnits = 600;
const maxMarkers = 2_000;
/** Sentences looked at per source. */
const maxClaims = 20;
const maxClaimUnits = 1_500;
const maxStepsBack = 5;

/**
 * The citations of an answer that refers to its sources as `[n]` (n from 1): for each source used, the place that
 * supports the sentence: what the sentence quotes, else the best-matching sentence of the passage. `verified` only
 * when the document's text at these offsets equals the quote.
 */
export async function citationsFromAnswer(
  db: Queryable,
  request: { ownerId: string; answer: string; sources: readonly Source[] },
): Promise<Citation[]> {
  const citations: Citation[] = [];
  for (const [number, claims] of claimsBySource(request.answer, request.sources.length)) {
    const source = request.sources[number - 1];
    if (source) citations.push(await cite(db, request.ownerId, number, source, claims));
  }
  return citations.sort((a, b) => a.number - b.number);
}

/** The sentences that cite each source, by number; the first ones where there are very many. */
export function claimsBySource(answer: string, sourceCount: number): Map<number, string[]> {
  const text = withoutCode(answer.slice(0, maxAnswerUnits));
  const sentences = splitSentences(text);
  const claims = new Map<number, string[]>();
  let sentence = 0;
  let markers = 0;
  for (const match of text.matchAll(marker)) {
    if (++markers > maxMarkers) break;
    while (sentence < sentences.length - 1 && match.index >= (sentences[sentence]?.end ?? 0)) sentence++;
    const claim = claimAt(text, sentences, sentence, match.index);
    for (const number of (match[1] ?? '').split(/[,;]/).map(Number)) {
      const known = claims.get(number) ?? [];
      if (number < 1 || number > sourceCount || known.length >= maxClaims) continue;
      known.push(claim);
      claims.set(number, known);
    }
  }
  return claims;
}

/** Brackets in code are no citations; offsets stay. */
function withoutCode(text: string): string {
  return text.replace(code, (part) => ' '.repeat(part.length));
}

/** The sentence that a marker ends: its own, or the one before when nothing but markers precede it there. */
function claimAt(text: string, sentences: readonly TextSpan[], at: number, offset: number): string {
  let index = at;
  const plain = (span: TextSpan | undefined, end = span?.end ?? 0): string =>
    span
      ? text
          .slice(Math.max(span.start, end - maxClaimUnits), end)
          .replace(marker, '')
          .trim()
      : '';
  const earliest = Math.max(0, at - maxStepsBack);
  while (index > earliest && !/[\p{L}\p{N}]/u.test(plain(sentences[index], offset))) index--;
  return plain(sentences[index]);
}

async function cite(
  db: Queryable,
  ownerId: string,
  number: number,
  source: Source,
  claims: readonly string[],
): Promise<Citation> {
  if (source.document_id === null) return citeText(number, source, claims);
  const target = { ownerId, documentId: source.document_id };
  const common = {
    number,
    document_id: source.document_id,
    document_name: source.document_name,
    chunk_id: source.chunk_id,
    why: source.why,
  };
  const place = await quotedPlace(db, target, source, claims);
  if (place) return { ...common, ...place };
  const span = bestSentence(source, claims.join(' '));
  const quote = source.text.slice(span.start, span.end);
  const start = source.start + span.start;
  const checked = await checkPlace(db, { ...target, start, end: start + quote.length, quote });
  return {
    ...common,
    page: checked.page ?? source.page_start,
    start,
    end: start + quote.length,
    quote,
    verified: checked.verified,
  };
}

/** A passage of no document can only be compared with what was read of it. */
function citeText(number: number, source: Source, claims: readonly string[]): Citation {
  const passage = normalizeText(source.text);
  const quotes = quotesIn(claims).flatMap((quote) => findQuote(passage, quote) ?? []);
  return citeSpan(number, source, quotes[0] ?? bestSentence(source, claims.join(' ')));
}

/** A citation of a span of a source's own text; `verified` when the whole page was read. */
export function citeSpan(number: number, source: Source, span: TextSpan): Citation {
  return {
    number,
    document_id: source.document_id,
    document_name: source.document_name,
    chunk_id: source.chunk_id,
    page: source.page_start,
    start: source.start + span.start,
    end: source.start + span.end,
    quote: source.text.slice(span.start, span.end),
    verified: source.web?.read === 'page',
    why: source.why,
    ...(source.web ? { web: source.web } : {}),
  };
}

function quotesIn(claims: readonly string[]): string[] {
  return claims.flatMap((claim) => [...claim.matchAll(quoted)].map((m) => m.slice(1).join('')));
}

/** Where a literal quotation of the claims stands: in the passage, else anywhere in the document. */
async function quotedPlace(
  db: Queryable,
  target: { ownerId: string; documentId: string },
  source: Source,
  claims: readonly string[],
): Promise<Pick<Citation, 'page' | 'start' | 'end' | 'quote' | 'verified'> | undefined> {
  const passage = normalizeText(source.text);
  for (const quote of quotesIn(claims)) {
    const inside = findQuote(passage, quote);
    const near = source.start + (inside?.start ?? 0);
    const found = await verifyQuote(db, { ...target, quote, near });
    if (found) return found;
  }
  return undefined;
}

/** The sentence of the passage that shares the most telling words with the claim. */
export function bestSentence(source: Pick<Source, 'text'>, claim: string): TextSpan {
  const language = detectLanguage(tokenize(source.text));
  const wanted = subjectKeys(claim, language);
  const sentences = splitSentences(source.text);
  const keys = sentences.map((span) => subjectKeys(source.text.slice(span.start, span.end), language));
  const frequency = new Map<string, number>();
  for (const set of keys) for (const key of set) frequency.set(key, (frequency.get(key) ?? 0) + 1);
  let best: TextSpan = sentences[0] ?? { start: 0, end: source.text.length };
  let bestScore = 0;
  sentences.forEach((span, index) => {
    const own = keys[index] ?? new Set();
    let score = 0;
    for (const key of wanted)
      if (own.has(key)) score += Math.log(1 + sentences.length / (frequency.get(key) ?? 1));
    // A long sentence shares words by chance.
    score /= Math.sqrt(4 + own.size);
    if (score > bestScore) {
      bestScore = score;
      best = span;
    }
  });
  return shortened(source.text, best);
}

function subjectKeys(text: string, language: Language): Set<string> {
  return new Set(
    analyze(text, language)
      .filter((term) => !isStopWord(term.word, language))
      .map((term) => term.key),
  );
}

function shortened(text: string, span: TextSpan): TextSpan {
  if (span.end - span.start <= maxSpanUnits) return span;
  const space = text.lastIndexOf(' ', span.start + maxSpanUnits);
  return { start: span.start, end: space > span.start ? space : span.start + maxSpanUnits };
}
