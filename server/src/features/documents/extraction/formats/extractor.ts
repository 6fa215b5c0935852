import type { ExtractionLimits, PageContent } from '../extraction.types.ts';

/** What a reader of one format gets and reports to; pages come out in order as soon as they are complete. */
export interface ExtractorContext {
  filePath: string;
  limits: ExtractionLimits;
  /** Tells the person something that they should know about the result. */
  warn(sentence: string): void;
  progress(done: number, total: number | null): void;
}

export type Extractor = (context: ExtractorContext) => AsyncIterable<PageContent>;
