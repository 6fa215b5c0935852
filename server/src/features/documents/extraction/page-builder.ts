import { safeCut, splitLines } from '../chunking/sentence-split.ts';
import type { Block, BlockKind, PageContent } from './extraction.types.ts';

const blockSeparator = '\n\n';
/** A section is closed when it reaches this many code units, so that one answer of the API stays small. */
const sectionUnits = 16_000;
/** A single block above this size is spread over sections. */
const maxBlockUnits = 32_000;

/**
 * Collects blocks of text into pages: the page's text is its blocks joined by an empty line, and each block keeps its
 * exact offsets. Text is cleaned here, once, before any offset exists.
 */
export class PageBuilder {
  #text = '';
  #blocks: Block[] = [];
  #finished: PageContent[] = [];
  #added = 0;
  readonly #paged: boolean;

  /** `paged`: pages end only where {@link endPage} says; otherwise sections are cut by size. */
  constructor(options: { paged: boolean }) {
    this.#paged = options.paged;
  }

  /** Adds one block; text that is blank adds nothing. */
  add(kind: BlockKind, rawText: string, heading?: { level: number; title?: string }): void {
    const text = cleanText(rawText).replace(leadingBlankLines, '').trimEnd();
    if (text === '') return;
    if (!this.#paged && text.length > maxBlockUnits) {
      for (const range of splitLines(text, maxBlockUnits))
        this.#addRange(kind, text.slice(range.start, range.end));
      return;
    }
    this.#append({ kind, ...heading }, text);
    this.#cutSection();
  }

  /** Marks a section that has a name but no visible title at this place. */
  addBookmark(title: string, level: number): void {
    const at = this.#text === '' ? 0 : this.#text.length;
    this.#blocks.push({ kind: 'heading', start: at, end: at, level, title: cleanText(title) });
  }

  /** True until the first block was added. */
  get isEmpty(): boolean {
    return this.#added === 0;
  }

  endPage(): void {
    this.#finished.push({ text: this.#text, blocks: this.#blocks });
    this.#text = '';
    this.#blocks = [];
  }

  /** Pages that are complete; each is handed out once. */
  takePages(): PageContent[] {
    const pages = this.#finished;
    this.#finished = [];
    return pages;
  }

  /** Ends the last section and hands out what is left. */
  finish(): PageContent[] {
    if (this.#text !== '' || this.#blocks.length > 0) this.endPage();
    return this.takePages();
  }

  #addRange(kind: BlockKind, text: string): void {
    // Lines of a huge block are packed to sections again, so that a long listing keeps its lines together.
    const last = this.#blocks.at(-1);
    if (last && last.kind === kind && last.end === this.#text.length && this.#text.endsWith('\n')) {
      this.#text += text;
      last.end = this.#text.length;
    } else this.#append({ kind }, text);
    this.#cutSection();
  }

  #append(block: Omit<Block, 'start' | 'end'>, text: string): void {
    if (this.#text !== '') this.#text += blockSeparator;
    const start = this.#text.length;
    this.#text += text;
    this.#added++;
    this.#blocks.push({ ...block, start, end: this.#text.length });
  }

  #cutSection(): void {
    if (!this.#paged && this.#text.length >= sectionUnits) this.endPage();
  }
}

/**
 * Makes text storable and steady: line feeds only, no NUL or other control characters (PostgreSQL refuses NUL), no
 * lone surrogates (they would not survive UTF-8).
 */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(controlCharacters, '').toWellFormed();
}

/** Indentation of the first line stays: it matters in code. */
const leadingBlankLines = /^(?:[ \t]*\n)+/;
const controlCharacters = /(?![\t\n])[\p{Cc}\ufeff]/gu;

/** Shortens `text` to at most `maxUnits` code units without cutting a surrogate pair. */
export function truncateText(text: string, maxUnits: number): string {
  return text.length <= maxUnits ? text : text.slice(0, safeCut(text, maxUnits));
}
