import { estimateTokens } from '../../../platform/models/token-estimate.ts';
import type { Block, BlockKind, OutlineEntry, PageContent } from '../extraction/extraction.types.ts';
import type { ChunkDraft } from './chunk-draft.ts';
import { splitLines, splitSentences, type TextRange } from './sentence-split.ts';

/** What joins the pages of a document to its whole text. */
export const pageSeparator = '\n\n';

export interface ChunkSizes {
  targetTokens: number;
  maxTokens: number;
}

export const defaultChunkSizes: ChunkSizes = { targetTokens: 220, maxTokens: 400 };

/** Headings kept for the outline; a file with more is not read by its outline anyway. */
const maxOutlineEntries = 2_000;
const maxTitleUnits = 300;
const maxHeadingDepth = 6;

interface Unit {
  start: number;
  end: number;
  page: number;
  kind: BlockKind;
  tokens: number;
  /** A sentence that began before this unit goes on in it. */
  continues: boolean;
}

export interface Chunker {
  /** Takes the next page and returns the chunks that are complete. */
  push(page: PageContent): ChunkDraft[];
  finish(): ChunkDraft[];
  readonly outline: OutlineEntry[];
  /** Length of the whole text so far. */
  readonly length: number;
}

/**
 * Builds chunks page by page in one pass: sections stay apart, paragraphs, lists, tables and code stay whole where
 * they fit, larger ones are cut between sentences, rows or lines. Memory holds one open chunk and one page.
 */
export function createChunker(sizes: ChunkSizes = defaultChunkSizes): Chunker {
  const state = new ChunkerState(sizes);
  return {
    push: (page) => state.push(page),
    finish: () => state.finish(),
    outline: state.outline,
    get length() {
      return state.length;
    },
  };
}

class ChunkerState {
  readonly outline: OutlineEntry[] = [];
  length = 0;
  readonly #sizes: ChunkSizes;
  #pages = 0;
  #ordinal = 0;
  /** The whole text from `#bufferStart` on: what open units may still need. */
  #buffer = '';
  #bufferStart = 0;
  #units: Unit[] = [];
  #tokens = 0;
  #headings: { title: string; level: number }[] = [];
  #ready: ChunkDraft[] = [];

  constructor(sizes: ChunkSizes) {
    this.#sizes = sizes;
  }

  push(page: PageContent): ChunkDraft[] {
    const pageStart = this.#appendPage(page.text);
    for (const block of page.blocks) {
      if (block.kind === 'heading') this.#openSection(block, page.text, pageStart);
      else this.#addBlock(block, page.text, pageStart);
    }
    this.#trimBuffer();
    return this.#takeReady();
  }

  finish(): ChunkDraft[] {
    this.#flush();
    return this.#takeReady();
  }

  #appendPage(text: string): number {
    const separator = this.#pages === 0 ? '' : pageSeparator;
    this.#pages++;
    const pageStart = this.length + separator.length;
    this.#buffer += separator + text;
    this.length = pageStart + text.length;
    return pageStart;
  }

  #openSection(block: Block, text: string, pageStart: number): void {
    if (this.#units.some((unit) => unit.kind !== 'heading')) this.#flush();
    const level = Math.min(Math.max(block.level ?? 1, 1), maxHeadingDepth);
    const title = cleanTitle(block.title ?? text.slice(block.start, block.end));
    while (this.#headings.length > 0 && (this.#headings.at(-1)?.level ?? 0) >= level) this.#headings.pop();
    if (title !== '') {
      this.#headings.push({ title, level });
      if (this.outline.length < maxOutlineEntries)
        this.outline.push({ title, level, page: this.#pages, offset: pageStart + block.start });
    }
    this.#addBlock(block, text, pageStart);
  }

  #addBlock(block: Block, text: string, pageStart: number): void {
    const range = trimRange(text, block);
    if (range.start >= range.end) return;
    const content = text.slice(range.start, range.end);
    const tokens = estimateTokens(content);
    if (tokens <= this.#sizes.maxTokens) {
      this.#addUnit(
        this.#unit(block.kind, range, pageStart, tokens, this.#continuesSentence(block, content)),
      );
      return;
    }
    for (const part of splitBlock(content, block.kind, this.#sizes.maxTokens)) {
      const partRange = { start: range.start + part.start, end: range.start + part.end };
      const partTokens = estimateTokens(text.slice(partRange.start, partRange.end));
      this.#addUnit(this.#unit(block.kind, partRange, pageStart, partTokens, false));
    }
  }

  #unit(kind: BlockKind, range: TextRange, pageStart: number, tokens: number, continues: boolean): Unit {
    return {
      kind,
      page: this.#pages,
      tokens,
      continues,
      start: pageStart + range.start,
      end: pageStart + range.end,
    };
  }

  /** A paragraph that starts in lower case after one without an end mark: the sentence was cut by a page or column. */
  #continuesSentence(block: Block, content: string): boolean {
    const previous = this.#units.at(-1);
    if (block.kind !== 'paragraph' || previous?.kind !== 'paragraph') return false;
    const last = this.#buffer.charAt(previous.end - 1 - this.#bufferStart);
    return /[\p{Ll},;]/u.test(last) && /^\p{Ll}/u.test(content);
  }

  #addUnit(unit: Unit): void {
    const { targetTokens, maxTokens } = this.#sizes;
    const onlyHeadings = this.#units.every((open) => open.kind === 'heading');
    const full = this.#tokens >= targetTokens && !unit.continues;
    const tooMuch = this.#tokens + unit.tokens > maxTokens;
    // Small pieces fill up to the target; what would go far beyond it starts its own chunk.
    const overshoots = this.#tokens > targetTokens / 2 && this.#tokens + unit.tokens > targetTokens * 1.4;
    if (this.#units.length > 0 && (tooMuch || (!onlyHeadings && (full || (overshoots && !unit.continues)))))
      this.#flush();
    this.#units.push(unit);
    this.#tokens += unit.tokens;
  }

  #flush(): void {
    const first = this.#units[0];
    const last = this.#units.at(-1);
    if (first && last) {
      const range = trimRange(this.#buffer, {
        start: first.start - this.#bufferStart,
        end: last.end - this.#bufferStart,
      });
      const text = this.#buffer.slice(range.start, range.end);
      if (text !== '')
        this.#ready.push({
          ordinal: this.#ordinal++,
          text,
          page_start: first.page,
          page_end: last.page,
          start_offset: this.#bufferStart + range.start,
          end_offset: this.#bufferStart + range.end,
          heading_path: this.#headings.map((heading) => heading.title),
          token_count: estimateTokens(text),
        });
    }
    this.#units = [];
    this.#tokens = 0;
  }

  #trimBuffer(): void {
    const keepFrom = this.#units[0]?.start ?? this.length;
    this.#buffer = this.#buffer.slice(keepFrom - this.#bufferStart);
    this.#bufferStart = keepFrom;
  }

  #takeReady(): ChunkDraft[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }
}

/** A token is at least one code unit, so no part of a cut block can hold more than `maxTokens`. */
function splitBlock(content: string, kind: BlockKind, maxTokens: number): TextRange[] {
  const maxUnits = maxTokens;
  const prose = kind === 'paragraph' || kind === 'heading';
  const coarse = prose ? splitSentences(content, maxTokens * 6) : splitLines(content, maxTokens * 6);
  return coarse.flatMap((range) => {
    const part = content.slice(range.start, range.end);
    if (estimateTokens(part) <= maxTokens) return [range];
    return splitSentences(part, maxUnits).map((inner) => ({
      start: range.start + inner.start,
      end: range.start + inner.end,
    }));
  });
}

function trimRange(text: string, range: TextRange): TextRange {
  let { start, end } = range;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return { start, end };
}

function isBlank(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13) || unit === 0xa0;
}

function cleanTitle(title: string): string {
  const line = title.replace(/\s+/gu, ' ').trim();
  return line.length > maxTitleUnits ? `${line.slice(0, maxTitleUnits - 1).toWellFormed()}…` : line;
}
