import { describe, expect, it } from 'vitest';
import fc from '../../../../test/property.ts';
import { estimateTokens } from '../../../platform/models/token-estimate.ts';
import type { BlockKind, PageContent } from '../extraction/extraction.types.ts';
import { PageBuilder } from '../extraction/page-builder.ts';
import { createChunker, defaultChunkSizes, pageSeparator } from './chunker.ts';
import { splitSentences } from './sentence-split.ts';

function chunksOf(pages: PageContent[]) {
  const chunker = createChunker();
  const chunks = pages.flatMap((page) => chunker.push(page));
  chunks.push(...chunker.finish());
  return { chunks, outline: chunker.outline, whole: pages.map((page) => page.text).join(pageSeparator) };
}

function build(blocks: [BlockKind, string][], paged = false): PageContent[] {
  const builder = new PageBuilder({ paged });
  for (const [kind, text] of blocks) builder.add(kind, text, kind === 'heading' ? { level: 2 } : undefined);
  return builder.finish();
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        'One more sentence.',
        'word ',
        '\n',
        '\r\n',
        '\u0000',
        '\ud800',
        '😀',
        '漢字',
        '\t',
        '- item\n',
      ),
      {
        maxLength: 300,
      },
    )
    .map((parts) => parts.join('')),
);
const anyBlock = fc.tuple(
  fc.constantFrom<BlockKind>('heading', 'paragraph', 'list', 'table', 'code'),
  anyText,
);
const anyPages = fc.array(fc.array(anyBlock, { maxLength: 6 }), { maxLength: 5 }).map((pages) => {
  const builder = new PageBuilder({ paged: true });
  for (const blocks of pages) {
    for (const [kind, text] of blocks)
      builder.add(kind, text, kind === 'heading' ? { level: 1 + (text.length % 6) } : undefined);
    builder.endPage();
  }
  return builder.takePages();
});

describe('chunks', () => {
  it('are verbatim slices of the whole text, for any pages', () => {
    fc.assert(
      fc.property(anyPages, (pages) => {
        const { chunks, whole, outline } = chunksOf(pages);
        for (const chunk of chunks) {
          expect(whole.slice(chunk.start_offset, chunk.end_offset)).toBe(chunk.text);
          expect(chunk.text.trim()).not.toBe('');
          expect(chunk.text.isWellFormed()).toBe(true);
          expect(chunk.text).not.toContain('\u0000');
          expect(chunk.page_start).toBeLessThanOrEqual(chunk.page_end);
        }
        for (const entry of outline) expect(entry.offset).toBeLessThanOrEqual(whole.length);
      }),
      { numRuns: 300 },
    );
  });

  it('follow each other without overlap and leave no word out', () => {
    fc.assert(
      fc.property(anyPages, (pages) => {
        const { chunks, whole } = chunksOf(pages);
        let end = 0;
        let skipped = '';
        for (const chunk of chunks) {
          expect(chunk.start_offset).toBeGreaterThanOrEqual(end);
          skipped += whole.slice(end, chunk.start_offset);
          end = chunk.end_offset;
        }
        expect((skipped + whole.slice(end)).trim()).toBe('');
        expect(chunks.map((chunk) => chunk.ordinal)).toEqual(chunks.map((_chunk, index) => index));
      }),
      { numRuns: 300 },
    );
  });

  it('stay within the size limit', () => {
    fc.assert(
      fc.property(anyPages, (pages) => {
        // Joining pieces never adds more than the white space between them.
        for (const chunk of chunksOf(pages).chunks)
          expect(chunk.token_count).toBeLessThanOrEqual(defaultChunkSizes.maxTokens);
      }),
      { numRuns: 200 },
    );
  });

  it('end at sentence ends where a paragraph is too long for one', () => {
    const sentence =
      'The keeper of the light wrote down the hour, the wind and the height of the glass every night. ';
    const { chunks } = chunksOf(build([['paragraph', sentence.repeat(60)]]));
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) expect(chunk.text).toMatch(/^The keeper.*night\.$/s);
  });

  it('keep sections apart and name the headings above them', () => {
    const { chunks } = chunksOf(
      build([
        ['heading', 'Spring'],
        ['paragraph', 'Bees fly.'],
        ['heading', 'Winter'],
        ['table', 'Month | Stores\nMay | 6'],
      ]),
    );
    expect(chunks.map((chunk) => [chunk.heading_path, chunk.text])).toEqual([
      [['Spring'], 'Spring\n\nBees fly.'],
      [['Winter'], 'Winter\n\nMonth | Stores\nMay | 6'],
    ]);
  });

  it('S38: take ten megabytes in one line, with and without spaces', () => {
    for (const line of ['lorem ipsum '.repeat(850_000), 'x'.repeat(10_000_000)]) {
      const { chunks, whole } = chunksOf(build([['paragraph', line]]));
      expect(chunks.length).toBeGreaterThan(4_000);
      const last = chunks.at(-1);
      expect(whole.slice(last?.start_offset, last?.end_offset)).toBe(last?.text);
    }
  });
});

describe('sentence split', () => {
  it('covers the text with ranges within the limit', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 50 }), (raw, maxUnits) => {
        const text = raw.toWellFormed();
        const ranges = splitSentences(text, maxUnits);
        expect(ranges.map((range) => text.slice(range.start, range.end)).join('')).toBe(text);
        for (const range of ranges) {
          expect(range.end - range.start).toBeLessThanOrEqual(maxUnits);
          expect(text.slice(range.start, range.end).isWellFormed()).toBe(true);
        }
      }),
    );
  });
});

describe('token estimate', () => {
  it('counts words, long words, ideographs and marks', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('one two three')).toBe(3);
    expect(estimateTokens('internationalisation')).toBe(4);
    expect(estimateTokens('漢字。')).toBe(3);
  });
});
