import type { ChunkDraft } from '../chunking/chunk-draft.ts';
import { createChunker } from '../chunking/chunker.ts';
import type { ChildTask, DocumentKind, ExtractedPage, ExtractionSummary } from './extraction.types.ts';
import { DocumentEmpty, DocumentTooLarge, DocumentTooManyPages } from './extraction-errors.ts';
import type { Extractor } from './formats/extractor.ts';

/** Each reader is loaded when a file needs it: the child starts several times faster without the others. */
const extractors: Record<DocumentKind, () => Promise<Extractor>> = {
  pdf: async () => (await import('./formats/pdf.ts')).extractPdf,
  docx: async () => (await import('./formats/docx.ts')).extractDocx,
  pptx: async () => (await import('./formats/pptx.ts')).extractPptx,
  xlsx: async () => (await import('./formats/xlsx.ts')).extractXlsx,
  html: async () => (await import('./formats/html.ts')).extractHtml,
  markdown: async () => (await import('./formats/markdown.ts')).extractMarkdown,
  text: async () => (await import('./formats/text.ts')).extractText,
  csv: async () => (await import('./formats/csv.ts')).extractCsv,
  epub: async () => (await import('./formats/epub.ts')).extractEpub,
  code: async () => (await import('./formats/text.ts')).extractCode,
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
  const extract = await extractors[task.kind]();
  for await (const page of extract(context)) {
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
