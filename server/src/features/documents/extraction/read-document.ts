import { type ChunkDraft, createChunker } from '../chunking/chunker.ts';
import type { ChildTask, DocumentKind, ExtractedPage, ExtractionSummary } from './extraction.types.ts';
import { DocumentEmpty, DocumentTooLarge, DocumentTooManyPages } from './extraction-errors.ts';
import { extractCsv } from './formats/csv.ts';
import { extractDocx } from './formats/docx.ts';
import { extractEpub } from './formats/epub.ts';
import type { Extractor } from './formats/extractor.ts';
import { extractHtml } from './formats/html.ts';
import { extractMarkdown } from './formats/markdown.ts';
import { extractPdf } from './formats/pdf.ts';
import { extractPptx } from './formats/pptx.ts';
import { extractCode, extractText } from './formats/text.ts';
import { extractXlsx } from './formats/xlsx.ts';

const extractors: Record<DocumentKind, Extractor> = {
  pdf: extractPdf,
  docx: extractDocx,
  pptx: extractPptx,
  xlsx: extractXlsx,
  html: extractHtml,
  markdown: extractMarkdown,
  text: extractText,
  csv: extractCsv,
  epub: extractEpub,
  code: extractCode,
};

const maxWarnings = 20;
/** A batch is handed over when it holds this many code units of pages. */
const batchUnits = 200_000;

export interface ReadSink {
  batch(pages: ExtractedPage[], chunks: ChunkDraft[]): Promise<void>;
  progress(done: number, total: number | null): void;
}

/** Reads one file to pages and chunks, handing both over in batches; runs inside the child process. */
export async function readDocument(task: ChildTask, sink: ReadSink): Promise<ExtractionSummary> {
  const warnings: string[] = [];
  const chunker = createChunker();
  let pages: ExtractedPage[] = [];
  let chunks: ChunkDraft[] = [];
  let pageCount = 0;
  let chunkCount = 0;
  let units = 0;
  const handOver = async (): Promise<void> => {
    chunkCount += chunks.length;
    if (pages.length > 0 || chunks.length > 0) await sink.batch(pages, chunks);
    pages = [];
    chunks = [];
    units = 0;
  };
  const context = {
    filePath: task.filePath,
    limits: task.limits,
    progress: sink.progress,
    warn: (sentence: string) => void (warnings.length < maxWarnings && warnings.push(sentence)),
  };
  for await (const page of extractors[task.kind](context)) {
    pageCount++;
    if (pageCount > task.limits.maxPages) throw DocumentTooManyPages.with();
    pages.push({ number: pageCount, text: page.text });
    for (const chunk of chunker.push(page)) chunks.push(chunk);
    if (chunker.length > task.limits.maxCharacters) throw DocumentTooLarge.with({ detail: tooMuchText });
    units += page.text.length;
    if (units >= batchUnits || pages.length >= 100) await handOver();
  }
  for (const chunk of chunker.finish()) chunks.push(chunk);
  await handOver();
  if (chunkCount === 0) throw DocumentEmpty.with();
  return { pageCount, chunkCount, characters: chunker.length, outline: chunker.outline, warnings };
}

const tooMuchText = 'The file holds more text than this server reads. Split it and upload the parts.';
