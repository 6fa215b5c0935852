import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageSeparator } from '../chunking/chunker.ts';
import { extractWhole } from './extract-document.ts';
import type { DocumentKind, ExtractionLimits } from './extraction.types.ts';
import { defaultExtractionLimits } from './extraction.types.ts';
import { detectKind } from './kind-detection.ts';
import { writePdf } from './test-files/tiny-pdf.ts';
import { storedZip, zipBombDocx, zipWithLyingSizes } from './test-files/tiny-zip.ts';
import { listZipEntries } from './zip-archive.ts';

const fixtures = path.resolve(import.meta.dirname, '../../../../test/fixtures');
const fixture = (name: string): string => path.join(fixtures, name);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-extraction-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function stored(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

/** As ingestion does it: kind by content, then the child. Also proves the invariant that citations rest on. */
async function read(filePath: string, limits: Partial<ExtractionLimits> = {}) {
  const { kind, warning } = await detectKind(filePath, path.basename(filePath), {
    ...defaultExtractionLimits,
    ...limits,
  });
  const result = await extractWhole({ filePath, kind, limits });
  const whole = result.pages.map((page) => page.text).join(pageSeparator);
  for (const chunk of result.chunks)
    expect(whole.slice(chunk.start_offset, chunk.end_offset)).toBe(chunk.text);
  return { ...result, kind, warning, whole };
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  );

describe('formats', () => {
  it('reads a PDF with its bookmarks as heading paths', async () => {
    const { kind, outline, chunks, pageCount } = await read(fixture('handbook.pdf'));
    expect({ kind, pageCount }).toEqual({ kind: 'pdf', pageCount: 1 });
    expect(outline.map((entry) => [entry.level, entry.title])).toEqual([
      [1, 'Field notes on bees'],
      [2, 'Spring'],
      [3, 'Feeding in spring'],
      [2, 'Summer'],
      [2, 'Winter'],
    ]);
    const feeding = chunks.find((chunk) => chunk.text.includes('one part sugar'));
    expect(feeding?.heading_path).toEqual(['Field notes on bees', 'Spring', 'Feeding in spring']);
    expect(feeding?.page_start).toBe(1);
  });

  it('reads two columns one after the other', async () => {
    const { whole } = await read(fixture('columns.pdf'));
    expect(whole).toContain(
      'rows follow the contour of the hill rather than a straight line, so that rain stays where',
    );
    expect(whole.indexOf('the cleft for thick.')).toBeLessThan(whole.indexOf('The cellar is the other half'));
    expect(whole).toContain('one soft apple makes ten.\n\nLate in March');
  });

  it('reads a Word document with headings, table, list and footnote', async () => {
    const { kind, chunks, whole } = await read(fixture('notes.docx'));
    expect(kind).toBe('docx');
    expect(whole).toContain('Hour | Wind | Glass\n20 | NW 4 | 29.8\n24 | NW 7 | 29.6');
    expect(whole).toContain('- Wind the clockwork every three hours.\n- Wipe the lenses');
    expect(whole).toContain('Colza oil was used until 1861');
    expect(chunks.find((chunk) => chunk.text.includes('glass fell'))?.heading_path).toEqual([
      'The lighthouse log',
      'Weather',
    ]);
  });

  it('reads slides as pages', async () => {
    const { pages, outline } = await read(fixture('talk.pptx'));
    expect(pages.map((page) => page.text)).toEqual([
      'Tides for beginners\n\n- The moon pulls the sea.\n- Two high waters a day.',
      'Spring and neap\n\n- Spring tides follow new and full moon.\n- Neap tides follow the quarters.',
    ]);
    expect(outline.map((entry) => entry.page)).toEqual([1, 2]);
  });

  it.each(['stock.xlsx', 'stock.csv'])('reads each row of %s by the names of its columns', async (name) => {
    const { whole } = await read(fixture(name));
    expect(whole).toContain('Item: Lamp oil\nShelf: A3\nCount: 12\n\nItem: Rope\nShelf: B1\nCount: 4');
  });

  it('reads an e-book in the order of its spine', async () => {
    const { kind, whole } = await read(fixture('notes.epub'));
    expect(kind).toBe('epub');
    expect(whole).toContain('The lamp was trimmed at dusk');
  });

  it('S36: reads a page without running its scripts or showing what it hides', async () => {
    const { whole } = await read(fixture('scripts-page.html'));
    expect(whole).toContain('The well was dug in a dry year, and it has never failed since.');
    expect(whole).toContain('Its water is hard: eighteen degrees.\nSoap does not like it.');
    expect(whole).not.toMatch(/written by a script|changed|hidden words|alert|turn scripts on|color/);
  });

  it('keeps Markdown as it was written', async () => {
    const source =
      '# Soup\n\nBoil *slowly*.\n\n| Herb | Grams |\n|---|---|\n| Dill | 5 |\n\n```js\nstir();\n\nserve();\n```\n';
    const { whole, chunks } = await read(await stored('soup.md', source));
    expect(whole).toBe(source.trimEnd());
    expect(chunks[0]?.heading_path).toEqual(['Soup']);
  });
});

describe('encodings', () => {
  it.each(['utf16le.txt', 'utf16be.txt', 'latin1.txt'])('reads %s', async (name) => {
    const { whole, warnings } = await read(fixture(name));
    expect(whole).toBe('Grüße aus dem Süden.\n\nDas Café öffnet um acht.');
    expect(warnings).toHaveLength(name === 'latin1.txt' ? 1 : 0);
  });

  it('reads broken UTF-8 and says so', async () => {
    const { whole, warnings } = await read(fixture('broken-utf8.txt'));
    expect(whole).toContain('ß é è ê \ufffd( and the rest stays readable.');
    expect(warnings[0]).toContain('damaged in one place');
  });
});

describe('bad input', () => {
  it.each([
    ['encrypted.pdf', 'documents.encrypted'],
    ['truncated.pdf', 'documents.damaged'],
    ['image-only.pdf', 'documents.no_text'],
    ['empty.txt', 'documents.empty'],
  ])('refuses %s with %s', async (name, code) => {
    expect(await refusal(read(fixture(name)))).toBe(code);
  });

  it('reads by content and says that the name is wrong', async () => {
    const { kind, warning } = await read(fixture('html-named-pdf.pdf'));
    expect(kind).toBe('html');
    expect(warning).toContain('.pdf');
  });

  it('refuses what is no text by its content, whatever its name says', async () => {
    const picture = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
    expect(await refusal(read(await stored('letter.txt', picture)))).toBe('documents.unsupported_type');
    expect(await refusal(read(await stored('files.docx', storedZip({ 'a.txt': 'a' }))))).toBe(
      'documents.unsupported_type',
    );
  });

  it('S35: refuses a document that declares an absurd expanded size before inflating it', async () => {
    const file = await stored('bomb.docx', zipBombDocx());
    expect(await refusal(detectKind(file, 'bomb.docx', defaultExtractionLimits))).toBe(
      'documents.archive_bomb',
    );
  });

  it('S35: refuses an archive whose declared sizes lie', async () => {
    const file = await stored('liar.docx', zipWithLyingSizes());
    expect(await refusal(read(file))).toBe('documents.archive_bomb');
  });

  it('S35: refuses an archive whose entries share their bytes, and one of too many entries', async () => {
    const shared = storedZip({ 'a.txt': 'aa', 'b.txt': 'bb' });
    const second = shared.lastIndexOf(Buffer.from('504b0102', 'hex'));
    shared.writeUInt32LE(0, second + 42);
    const limits = { ...defaultExtractionLimits, maxArchiveEntries: 2 };
    const file = await stored('shared.zip', shared);
    expect(await refusal(listZipEntries(file, limits))).toBe('documents.archive_bomb');
    const two = await stored('two.zip', storedZip({ a: 'a', b: 'b' }));
    expect(await refusal(listZipEntries(two, limits))).toBe('accepted');
    const three = await stored('three.zip', storedZip({ a: 'a', b: 'b', c: 'c' }));
    expect(await refusal(listZipEntries(three, limits))).toBe('documents.archive_bomb');
  });

  it('reads a table with a line of several megabytes', async () => {
    const { chunkCount } = await read(
      await stored('wide.csv', `name,text\nlong,${'lorem ipsum '.repeat(400_000)}\n`),
    );
    expect(chunkCount).toBeGreaterThan(1_000);
  });

  it('reads a fragment of a page that has no body', async () => {
    const { whole } = await read(await stored('fragment.html', '<p>First words.</p><p>Last words.</p>'));
    expect(whole).toBe('First words.\n\nLast words.');
  });

  it.each([
    ['deep.html', '<div>'.repeat(5_000)],
    ['deep.md', '> '.repeat(10_000)],
    ['stars.md', '*a_ '.repeat(30_000)],
  ])('S38: reads %s although it nests without reason', async (name, opening) => {
    const { whole } = await read(await stored(name, `${opening}still readable`));
    expect(whole).toContain('still readable');
  });

  it('reads a damaged table as text', async () => {
    const { whole, warnings } = await read(await stored('open.csv', 'a,b\n"never closed,1\nx,2\n'));
    expect(whole).toContain('never closed');
    expect(warnings[0]).toContain('plain text');
  });
});

describe('limits', () => {
  const extract = (filePath: string, kind: DocumentKind, limits: Partial<ExtractionLimits>) =>
    refusal(extractWhole({ filePath, kind, limits }));

  it('S35: reads 10,000 pages within the memory of the child', async () => {
    const file = await stored(
      'long.pdf',
      writePdf(Array.from({ length: 10_000 }, (_, page) => [`Leaf ${page + 1} of the ledger`])),
    );
    const maxMemoryBytes = 700 * 1_048_576;
    const { pageCount, pages } = await extractWhole({
      filePath: file,
      kind: 'pdf',
      limits: { maxMemoryBytes },
    });
    expect(pageCount).toBe(10_000);
    expect(pages[9_999]?.text).toBe('Leaf 10000 of the ledger');
  }, 240_000);

  it('S35: refuses more pages than allowed', async () => {
    const file = await stored('five.pdf', writePdf([['a'], ['b'], ['c'], ['d'], ['e']]));
    expect(await extract(file, 'pdf', { maxPages: 4 })).toBe('documents.too_many_pages');
  });

  it('S35: ends a child that takes too long', async () => {
    expect(await extract(fixture('handbook.pdf'), 'pdf', { timeoutMs: 5 })).toBe(
      'documents.extraction_timeout',
    );
  });

  it('S35: ends a child that takes too much memory', async () => {
    expect(await extract(fixture('handbook.pdf'), 'pdf', { maxMemoryBytes: 20 * 1_048_576 })).toBe(
      'documents.extraction_memory',
    );
  });

  it.runIf(process.platform === 'linux')(
    'S35: counts all memory of a child, not only the heap, which is enough here',
    async () => {
      const file = await stored('long.txt', 'word and more words. '.repeat(200_000));
      expect(await extract(file, 'text', { maxMemoryBytes: 90 * 1_048_576 })).toBe(
        'documents.extraction_memory',
      );
    },
  );

  it('S35: refuses more text than allowed', async () => {
    const file = await stored('much.txt', 'word '.repeat(20_000));
    expect(await extract(file, 'text', { maxCharacters: 10_000 })).toBe('documents.too_large');
  });

  it('ends the child when nobody wants the result any more', async () => {
    const abort = new AbortController();
    const work = extractWhole({ filePath: fixture('handbook.pdf'), kind: 'pdf', signal: abort.signal });
    abort.abort(new Error('stopped'));
    await expect(work).rejects.toThrow('stopped');
  });
});
