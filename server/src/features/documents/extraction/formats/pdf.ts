import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  getDocument,
  PasswordResponses,
  type PDFDocumentProxy,
  VerbosityLevel,
} from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { PageContent } from '../extraction.types.ts';
import {
  DocumentDamaged,
  DocumentEncrypted,
  DocumentTooManyPages,
  DocumentWithoutText,
} from '../extraction-errors.ts';
import { PageBuilder } from '../page-builder.ts';
import type { ExtractorContext } from './extractor.ts';
import { orderFragments, type TextFragment, type TextSegment } from './pdf-lines.ts';
import { type Bookmark, readBookmarks } from './pdf-outline.ts';
import { BodySizeEstimate, buildParagraphs, type PdfBlock } from './pdf-paragraphs.ts';

const libraryFolder = path.resolve(
  path.dirname(fileURLToPath(import.meta.resolve('pdfjs-dist/legacy/build/pdf.mjs'))),
  '../..',
);
/** Parsed objects are dropped every so many pages, so that memory does not grow with the file. */
const cleanUpEvery = 50;
/** Fragments of one page that are put in order; a page with more is a drawing. */
const maxFragments = 200_000;

/** Reads a PDF page by page: reading order from positions, headings from bookmarks or font sizes. */
export async function* extractPdf(context: ExtractorContext): AsyncIterable<PageContent> {
  const bytes = await readFile(context.filePath);
  if (!bytes.subarray(-2_048).includes('%%EOF'))
    context.warn('The end of the file is missing; pages at the end may be lost.');
  const pdf = await openPdf(bytes);
  try {
    if (pdf.numPages > context.limits.maxPages) throw DocumentTooManyPages.with();
    yield* readPages(pdf, context);
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function* readPages(pdf: PDFDocumentProxy, context: ExtractorContext): AsyncIterable<PageContent> {
  const bookmarks = await readBookmarks(pdf);
  const body = new BodySizeEstimate();
  const builder = new PageBuilder({ paged: true });
  const withoutText: number[] = [];
  const unreadable: number[] = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const segments = await readPage(pdf, number, unreadable);
    body.add(segments);
    if (segments.length === 0) withoutText.push(number);
    addBlocks(
      buildParagraphs(segments, body.size),
      bookmarks.size > 0 ? (bookmarks.get(number) ?? []) : undefined,
      builder,
    );
    builder.endPage();
    context.progress(number, pdf.numPages);
    if (number % cleanUpEvery === 0) await pdf.cleanup();
    yield* builder.takePages();
  }
  if (unreadable.length === pdf.numPages) throw DocumentDamaged.with();
  if (withoutText.length === pdf.numPages) throw DocumentWithoutText.with();
  warnAboutPages(context, withoutText, unreadable);
}

async function openPdf(bytes: Buffer): Promise<PDFDocumentProxy> {
  const task = getDocument({
    data: new Uint8Array(bytes),
    cMapUrl: `${path.join(libraryFolder, 'cmaps')}/`,
    standardFontDataUrl: `${path.join(libraryFolder, 'standard_fonts')}/`,
    useSystemFonts: false,
    disableFontFace: true,
    verbosity: VerbosityLevel.ERRORS,
  });
  try {
    return await task.promise;
  } catch (cause) {
    await task.destroy();
    const code = (cause as { code?: unknown }).code;
    const wantsPassword =
      code === PasswordResponses.NEED_PASSWORD || code === PasswordResponses.INCORRECT_PASSWORD;
    if ((cause as Error).name === 'PasswordException' && wantsPassword)
      throw DocumentEncrypted.with({ cause });
    throw DocumentDamaged.with({ cause });
  }
}

/** A damaged page is reported and skipped: the others are still worth reading. */
async function readPage(pdf: PDFDocumentProxy, number: number, unreadable: number[]): Promise<TextSegment[]> {
  try {
    const page = await pdf.getPage(number);
    const content = await page.getTextContent();
    const fragments: TextFragment[] = [];
    for (const item of content.items) {
      if (!('str' in item) || item.str === '' || fragments.length >= maxFragments) continue;
      const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = item.transform as number[];
      const size = Math.hypot(c, d) || Math.hypot(a, b) || item.height || 1;
      fragments.push({ text: item.str, x, y, width: item.width, size });
    }
    page.cleanup();
    return orderFragments(fragments.filter((fragment) => fragment.text.trim() !== ''));
  } catch {
    unreadable.push(number);
    return [];
  }
}

/** With bookmarks, they are the headings: by their title in the text, or at the top of their page. */
function addBlocks(blocks: PdfBlock[], bookmarks: Bookmark[] | undefined, builder: PageBuilder): void {
  const open = [...(bookmarks ?? [])];
  const found = new Map<PdfBlock, Bookmark>();
  for (const block of blocks) {
    const at = open.findIndex((bookmark) => sameTitle(bookmark.title, block.text));
    if (at !== -1) found.set(block, ...(open.splice(at, 1) as [Bookmark]));
  }
  for (const bookmark of open) builder.addBookmark(bookmark.title, bookmark.level);
  for (const block of blocks) {
    const bookmark = found.get(block);
    if (bookmark) builder.add('heading', block.text, { level: bookmark.level, title: bookmark.title });
    else if (bookmarks && block.kind === 'heading') builder.add('paragraph', block.text);
    else builder.add(block.kind, block.text, block.level === undefined ? undefined : { level: block.level });
  }
}

function sameTitle(title: string, text: string): boolean {
  if (text.length > title.length + 40) return false;
  const wanted = normalise(title);
  const given = normalise(text);
  // A number that the layout adds in front (“2.1 Scope”) does not make it another title.
  return given === wanted || given.replace(/^[\d.]+/, '') === wanted.replace(/^[\d.]+/, '');
}

function normalise(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '');
}

function warnAboutPages(context: ExtractorContext, withoutText: number[], unreadable: number[]): void {
  const pictures = withoutText.filter((number) => !unreadable.includes(number));
  if (unreadable.length > 0) context.warn(`Damaged and left out: ${pageList(unreadable)}.`);
  if (pictures.length > 0)
    context.warn(`No text on ${pageList(pictures)}; scanned pages need text recognition (OCR).`);
}

function pageList(numbers: number[]): string {
  const shown = numbers.slice(0, 10).join(', ');
  const more = numbers.length > 10 ? ` and ${numbers.length - 10} more` : '';
  return `${numbers.length === 1 ? 'page' : 'pages'} ${shown}${more}`;
}
