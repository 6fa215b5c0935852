import { ProblemError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { bestExcerpt, type WebPlace } from '../retrieval/index.ts';
import type { PageReader } from './page-reader.ts';
import type { SearchResult } from './web-search.schemas.ts';

type FoundPage = Omit<SearchResult, 'source'>;

const maxPagesRead = 3;
const maxPassageUnits = 1_200;

/** A passage of a page, or what the provider said of a page that could not be read. */
export interface WebPassage {
  chunk_id: null;
  document_id: null;
  /** The page's title. */
  document_name: string;
  page_start: null;
  /** In the page's text. */
  start: number;
  end: number;
  heading_path: string[];
  text: string;
  why: null;
  web: WebPlace;
}

export interface WebSources {
  /** The best passage of each result; pages that cannot be read in time leave the provider's words about them. */
  passagesOf(question: string, results: readonly FoundPage[], signal: AbortSignal): Promise<WebPassage[]>;
}

export interface WebSourcesOptions {
  pages: PageReader;
  log: Logger;
  /** For all pages together; 15 s by default. */
  maxReadingMs?: number;
}

export function createWebSources({ pages, log, maxReadingMs = 15_000 }: WebSourcesOptions): WebSources {
  return {
    async passagesOf(question, results, signal) {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(maxReadingMs)]);
      const texts = await Promise.all(
        results.map((result, index) => (index < maxPagesRead ? readOrSkip(result, inTime) : undefined)),
      );
      signal.throwIfAborted();
      return results.flatMap((result, index) => toPassage(question, result, texts[index]) ?? []);
    },
  };

  async function readOrSkip({ url }: FoundPage, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await pages.read(url, signal);
    } catch (error) {
      if (!(error instanceof ProblemError) && !signal.aborted) throw error;
      const code = error instanceof ProblemError ? error.code : 'timeout';
      log.info({ host: new URL(url).host, code }, 'a page found on the web could not be read');
      return undefined;
    }
  }
}

function toPassage(
  question: string,
  result: FoundPage,
  pageText: string | undefined,
): WebPassage | undefined {
  const excerpt = pageText ? bestExcerpt(pageText, question, maxPassageUnits) : undefined;
  const span = excerpt ?? { start: 0, end: result.snippet.length };
  const text = (excerpt ? (pageText ?? '') : result.snippet).slice(span.start, span.end).toWellFormed();
  if (text.trim() === '') return undefined;
  const web: WebPlace = {
    url: result.url,
    site: new URL(result.url).host,
    published_at: result.published_at,
    read_at: new Date().toISOString(),
    read: excerpt ? 'page' : 'snippet',
    passage: text,
  };
  const place = { page_start: null, start: span.start, end: span.start + text.length, heading_path: [] };
  return { chunk_id: null, document_id: null, document_name: result.title, ...place, text, why: null, web };
}
