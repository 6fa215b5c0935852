import type { Queryable } from '../../../platform/database/database.ts';
import { citeSpan, type Source } from '../citations/answer-citations.ts';
import { checkPlace } from '../citations/quote-verification.ts';
import type { Citation } from '../retrieval.schemas.ts';
import { type QuestionKind, questionKind } from './question-kind.ts';
import { listSentences, type SentenceCandidate } from './sentence-candidates.ts';
import { chooseSentences } from './sentence-ranking.ts';

/** A piece of an extractive answer, in order. `text` is Markdown; a quotation comes with its citation. */
export interface AnswerSegment {
  kind: 'label' | 'quotation' | 'nothing_found';
  text: string;
  citation: Citation | null;
}

export interface ExtractiveRequest {
  ownerId: string;
  question: string;
  passages: readonly Source[];
  signal: AbortSignal;
}

export interface ExtractiveAnswer {
  text: string;
  citations: Citation[];
  label: { code: keyof typeof labels; text: string };
}

export interface ExtractiveEngine {
  /** The answer piece by piece: a label, then quotations; or one piece that says that nothing was found. */
  stream(request: ExtractiveRequest): AsyncGenerator<AnswerSegment, void>;
  /** The whole answer, its citations, and the words of this program that it begins with. */
  answer(request: ExtractiveRequest): Promise<ExtractiveAnswer>;
}

const labels = {
  answer: '**Extractive answer, no model connected.** Quotations from your documents:',
  summary: '**Extractive summary, no model connected.** The most central sentences:',
  nothing_found:
    '**Extractive answer, no model connected.** I found nothing in the selected documents that answers this question.',
};

/** The built-in engine: it quotes sentences verbatim and composes nothing of its own. */
export function createExtractiveEngine(options: { db: Queryable }): ExtractiveEngine {
  const engine: ExtractiveEngine = {
    async *stream(request) {
      const kind = questionKind(request.question);
      const sentences = listSentences(request.passages);
      const quotations = joinNeighbours(chooseSentences(request.question, kind, sentences), request.passages);
      if (quotations.length === 0) {
        yield { kind: 'nothing_found', text: labels.nothing_found, citation: null };
        return;
      }
      yield { kind: 'label', text: labels[labelOf(kind)], citation: null };
      for (const [index, quotation] of quotations.entries()) {
        request.signal.throwIfAborted();
        const citation = await cite(options.db, request, quotation, index + 1);
        const text = `> ${escapeMarkdown(citation.quote)} [${citation.number}]`;
        yield { kind: 'quotation', text, citation };
      }
    },
    async answer(request) {
      const segments = await Array.fromAsync(engine.stream(request));
      const isFound = segments[0]?.kind === 'label';
      const code = isFound ? labelOf(questionKind(request.question)) : 'nothing_found';
      return {
        label: { code, text: labels[code] },
        text: segments.map((segment) => segment.text).join('\n\n'),
        citations: segments.flatMap((segment) => segment.citation ?? []),
      };
    },
  };
  return engine;
}

const labelOf = (kind: QuestionKind) => (kind === 'summary' ? 'summary' : 'answer');

interface Quotation {
  source: Source;
  start: number;
  end: number;
}

/** Sentences that follow each other in one passage are one quotation, at the place of the better one. */
function joinNeighbours(sentences: readonly SentenceCandidate[], passages: readonly Source[]): Quotation[] {
  const joined: (SentenceCandidate & { lastPosition: number })[] = [];
  for (const sentence of sentences) {
    const neighbour = joined.find(
      (one) =>
        one.passage === sentence.passage &&
        (sentence.position === one.lastPosition + 1 || sentence.position === one.position - 1),
    );
    if (!neighbour) joined.push({ ...sentence, lastPosition: sentence.position });
    else {
      neighbour.start = Math.min(neighbour.start, sentence.start);
      neighbour.end = Math.max(neighbour.end, sentence.end);
      neighbour.position = Math.min(neighbour.position, sentence.position);
      neighbour.lastPosition = Math.max(neighbour.lastPosition, sentence.position);
    }
  }
  return joined.flatMap(({ passage, start, end }) => {
    const source = passages[passage];
    return source ? [{ source, start, end }] : [];
  });
}

async function cite(
  db: Queryable,
  request: ExtractiveRequest,
  quotation: Quotation,
  number: number,
): Promise<Citation> {
  const { source } = quotation;
  if (source.document_id === null) return citeSpan(number, source, quotation);
  const quote = source.text.slice(quotation.start, quotation.end);
  const start = source.start + quotation.start;
  const place = {
    ownerId: request.ownerId,
    documentId: source.document_id,
    start,
    end: start + quote.length,
  };
  const checked = await checkPlace(db, { ...place, quote });
  return {
    number,
    document_id: source.document_id,
    document_name: source.document_name,
    chunk_id: source.chunk_id,
    page: checked.page ?? source.page_start,
    start,
    end: place.end,
    quote,
    verified: checked.verified,
    why: source.why,
  };
}

/** The quotation reads as it stands in the document: nothing in it formats, links, or looks like a citation. */
function escapeMarkdown(quote: string): string {
  return quote.replace(/\s+/gu, ' ').replace(/[\\`*_{}[\]<>#|~$&!]/g, '\\$&');
}
