// P9: pages per second of a PDF of 500 pages from its upload to "ready" in the whole product (upload, reader process,
// chunks, index; no embedding model), beside the PDF library's text extraction alone on the same file.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { writePdf } from '../../server/src/features/documents/extraction/test-files/tiny-pdf.ts';
import { median, report } from '../lib/figures.ts';
import { newDataDir, removeDataDir, type SignedIn, signIn, startProduct } from '../lib/product.ts';
import { loadCranfield } from './cranfield.ts';

const pages = 500;
const linesPerPage = 48;
const charactersPerLine = 88;
const rounds = 3;
const pollMs = 10;

/** The little of the library that is used here; the server owns the package. */
interface PdfLibrary {
  getDocument(source: { data: Uint8Array; verbosity: number }): { promise: Promise<PdfDocument> };
}
interface PdfDocument {
  numPages: number;
  loadingTask: { destroy(): Promise<void> };
  getPage(number: number): Promise<{
    getTextContent(): Promise<{ items: unknown[] }>;
    cleanup(): void;
  }>;
}

const library = createRequire(new URL('../../server/src/main.ts', import.meta.url)).resolve(
  'pdfjs-dist/legacy/build/pdf.mjs',
);
const { getDocument } = (await import(pathToFileURL(library).href)) as PdfLibrary;

/** Real abstracts, set in lines of one width; each copy of the file differs from the others in its first line. */
async function makePdf(copy: number): Promise<Buffer> {
  const { documents } = await loadCranfield();
  const words = documents.flatMap(({ text }) => text.split(/\s+/));
  const sheets: string[][] = [];
  let next = 0;
  while (sheets.length < pages) {
    const lines = [sheets.length === 0 ? `Copy ${copy}` : `Page ${sheets.length + 1}`];
    while (lines.length < linesPerPage) {
      let line = '';
      while (line.length < charactersPerLine) line += `${words[next++ % words.length]} `;
      lines.push(line.trim());
    }
    sheets.push(lines);
  }
  return writePdf(sheets);
}

/** Seconds that the library needs for the text of all pages. */
async function extractAlone(pdf: Buffer): Promise<number> {
  const began = performance.now();
  const document = await getDocument({ data: new Uint8Array(pdf), verbosity: 0 }).promise;
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    if (items.length === 0) throw new Error(`Page ${number} came out empty.`);
    page.cleanup();
  }
  const seconds = (performance.now() - began) / 1_000;
  await document.loadingTask.destroy();
  return seconds;
}

/** Seconds from the beginning of the upload until the document is ready. */
async function ingest(url: string, person: SignedIn, pdf: Buffer): Promise<number> {
  const headers = { cookie: person.cookie, 'x-csrf-token': person.csrf, origin: url };
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(pdf)]), 'abstracts.pdf');
  const began = performance.now();
  const uploaded = await fetch(`${url}/api/v1/documents`, { method: 'POST', headers, body: form });
  if (!uploaded.ok) throw new Error(`upload: ${uploaded.status} ${await uploaded.text()}`);
  const { items } = (await uploaded.json()) as { items: { id: string }[] };
  for (;;) {
    const answer = await fetch(`${url}/api/v1/documents/${items[0]?.id}`, { headers });
    const document = (await answer.json()) as { state: string; page_count: number | null };
    if (document.state === 'failed') throw new Error('The document could not be read.');
    if (document.state === 'ready') {
      if (document.page_count !== pages) throw new Error(`${document.page_count} pages were read.`);
      return (performance.now() - began) / 1_000;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

const dataDir = newDataDir();
const product = await startProduct({ dataDir });
try {
  const person = await signIn(product, 'bench@example.org');
  const ours: number[] = [];
  const alone: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const pdf = await makePdf(round);
    const baseline = await extractAlone(pdf);
    const seconds = await ingest(product.url, person, pdf);
    if (round < 0) continue;
    alone.push(pages / baseline);
    ours.push(pages / seconds);
  }
  report({
    id: 'P9',
    name: `ingestion of ${pages} PDF pages, upload to ready, against the PDF library alone`,
    ours: median(ours),
    baseline: median(alone),
    unit: 'pages/s',
    target: '—',
    met: true,
  });
} finally {
  await product.stop();
  removeDataDir(dataDir);
}
