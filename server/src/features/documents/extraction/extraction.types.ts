import type { ChunkDraft } from '../chunking/chunk-draft.ts';

/** What the content of a file is; the contract's `Document.kind`. */
export const documentKinds = [
  'pdf',
  'docx',
  'pptx',
  'xlsx',
  'html',
  'markdown',
  'text',
  'csv',
  'epub',
  'code',
] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** Kinds whose pages are pages of the original; the others are cut into sections that only keep answers small. */
export const pagedKinds: ReadonlySet<DocumentKind> = new Set(['pdf', 'pptx']);

export type BlockKind = 'heading' | 'paragraph' | 'list' | 'table' | 'code';

/** A piece of structure inside one page: offsets count UTF-16 code units in the page's text. */
export interface Block {
  kind: BlockKind;
  start: number;
  end: number;
  /** Headings: 1 is the highest. */
  level?: number;
  /** Headings: the title where it differs from the text (a bookmark without visible text has an empty range). */
  title?: string;
}

export interface PageContent {
  text: string;
  blocks: Block[];
}

export interface ExtractedPage {
  number: number;
  text: string;
}

export interface OutlineEntry {
  title: string;
  level: number;
  page: number;
  /** In the whole text: pages joined by two line feeds. */
  offset: number;
}

export interface ExtractionLimits {
  /** Wall-clock milliseconds for the whole file. */
  timeoutMs: number;
  /** Milliseconds without any sign of progress. */
  idleTimeoutMs: number;
  /** Resident memory of the child. */
  maxMemoryBytes: number;
  maxPages: number;
  /** UTF-16 code units of extracted text. */
  maxCharacters: number;
  /** Bytes of all entries of an archive format once inflated. */
  maxExpandedBytes: number;
  maxArchiveEntries: number;
}

export const defaultExtractionLimits: ExtractionLimits = {
  timeoutMs: 15 * 60_000,
  idleTimeoutMs: 90_000,
  maxMemoryBytes: 1_024 * 1_024 * 1_024,
  maxPages: 20_000,
  maxCharacters: 40_000_000,
  maxExpandedBytes: 300 * 1_024 * 1_024,
  maxArchiveEntries: 10_000,
};

export interface ExtractionRequest {
  filePath: string;
  kind: DocumentKind;
  limits?: Partial<ExtractionLimits>;
  signal?: AbortSignal;
}

/** Receives the result piece by piece; the child waits while a promise is pending, so memory stays bounded. */
export interface ExtractionSink {
  onBatch?(pages: ExtractedPage[], chunks: ChunkDraft[]): Promise<void> | void;
  onProgress?(progress: { done: number; total: number | null }): Promise<void> | void;
}

export interface ExtractionSummary {
  pageCount: number;
  chunkCount: number;
  characters: number;
  outline: OutlineEntry[];
  warnings: string[];
}

/** Lines that the child writes to its standard output, one JSON value each. */
export type ChildMessage =
  | { type: 'batch'; pages: ExtractedPage[]; chunks: ChunkDraft[] }
  | { type: 'progress'; done: number; total: number | null }
  | { type: 'done'; summary: ExtractionSummary }
  | { type: 'failed'; code: string; detail: string };

/** What the child is told, as one JSON line on its standard input. */
export interface ChildTask {
  filePath: string;
  kind: DocumentKind;
  limits: ExtractionLimits;
}
