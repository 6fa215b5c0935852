import type { Tokens } from 'marked';
import { fenceLanguage, type LinkDefinitions, type MarkdownParser } from './markdown-parser.ts';

/** A piece of a rendered document. `key` is stable while the text only grows. */
export type MarkdownBlock =
  | { key: number; kind: 'html'; html: string; settled: boolean }
  | { key: number; kind: 'open-code'; language: string; text: string }
  | { key: number; kind: 'plain'; text: string };

const OPEN_FENCE = /^\n* {0,3}(`{3,}|~{3,})([^\n]*)\n/;
/** Above this size an unfinished block is read again only when it has grown by an eighth. */
const LARGE_TAIL = 4_096;
const GROWTH = 1.125;

const ENDS_WITH_BLANK_LINE = /\n[ \t]*\n$/;
/** With the next character it may become a further item of the list before it: `2` of `2.` */
const MAY_BECOME_ITEM = /^ {0,3}\d{1,9}$/;

/**
 * How many tokens at the start can no longer change: those before the last blank line, without the last block.
 * Lines that follow each other without a blank one may still join or split when the next piece arrives.
 */
function settledTokens(tokens: Tokens.Generic[]): number {
  const isBlock = (token: Tokens.Generic) => token.type !== 'space' && !MAY_BECOME_ITEM.test(token.raw);
  const last = tokens.findLastIndex(isBlock);
  let end = '';
  let settled = 0;
  for (const [index, token] of tokens.slice(0, Math.max(last, 0)).entries()) {
    end = (end + token.raw).slice(-200);
    if (ENDS_WITH_BLANK_LINE.test(end)) settled = index + 1;
  }
  return settled;
}

interface OpenFence {
  marker: string;
  language: string;
  textStart: number;
  /** Where the first line that was not checked for the closing fence starts. */
  unchecked: number;
}

/**
 * Markdown that arrives piece by piece. Everything but the last block is read once and keeps its identity, so a
 * view renders only the last one again; a long code block grows without being read again, another long block is
 * read again at geometric steps. Total work stays proportional to the length of the text.
 */
export class IncrementalMarkdown {
  /** Characters given to the lexer so far; a measure of work that does not depend on the machine. */
  charactersLexed = 0;
  readonly #parser: MarkdownParser;
  readonly #sanitize: (html: string) => string;
  #source = '';
  #complete = false;
  #settled: MarkdownBlock[] = [];
  #offset = 0;
  #links: LinkDefinitions = {};
  #fence: OpenFence | undefined;
  #tail: MarkdownBlock[] = [];
  #tailLexed = 0;

  constructor(parser: MarkdownParser, sanitize: (html: string) => string) {
    this.#parser = parser;
    this.#sanitize = sanitize;
  }

  /** Blocks of the text so far. `complete` says that nothing follows. */
  update(source: string, complete: boolean): MarkdownBlock[] {
    const text = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source;
    if (!text.startsWith(this.#source) || (this.#complete && text !== this.#source)) this.#reset();
    this.#source = text;
    this.#complete = complete;
    // A definition may name a link that was rendered before it was known; only then the whole is read again.
    if (complete && Object.keys(this.#links).length > 0) this.#reset(text);
    this.#readTail(complete);
    return [...this.#settled, ...this.#tail];
  }

  #reset(source = ''): void {
    this.#source = source;
    this.#settled = [];
    this.#offset = 0;
    this.#links = {};
    this.#fence = undefined;
    this.#tail = [];
    this.#tailLexed = 0;
  }

  #readTail(complete: boolean): void {
    if (!complete && this.#continueFence()) return;
    const length = this.#source.length - this.#offset;
    if (!complete && this.#tailLexed > LARGE_TAIL && length < this.#tailLexed * GROWTH) {
      const start = this.#offset + this.#tailLexed;
      const rest: MarkdownBlock = { key: start, kind: 'plain', text: this.#source.slice(start) };
      this.#tail = [...this.#tail.filter((block) => block.kind !== 'plain'), rest];
      return;
    }
    this.#lexTail(complete);
    if (!complete) this.#continueFence();
  }

  #lexTail(complete: boolean): void {
    const tail = this.#source.slice(this.#offset);
    const tokens = this.#parser.lex(tail, this.#links);
    this.charactersLexed += tail.length;
    this.#links = { ...tokens.links };
    const rawLength = tokens.reduce((sum, token) => sum + token.raw.length, 0);
    const unchanging = rawLength === tail.length ? settledTokens(tokens) : 0;
    const settledCount = complete ? tokens.length : unchanging;
    let position = this.#offset;
    const blocks = tokens.map((token, index) => {
      const block = this.#block(token, position, index < settledCount);
      position += token.raw.length;
      if (index < settledCount) this.#offset = position;
      return block;
    });
    const isShown = (block: MarkdownBlock) => block.kind !== 'html' || block.html !== '';
    this.#settled.push(...blocks.slice(0, settledCount).filter(isShown));
    this.#tail = blocks.slice(settledCount).filter(isShown);
    this.#tailLexed = this.#source.length - this.#offset;
  }

  #block(token: Tokens.Generic, key: number, settled: boolean): MarkdownBlock {
    const html = token.type === 'space' ? '' : this.#sanitize(this.#parser.render([token]));
    return { key, kind: 'html', html, settled };
  }

  /** Grows a code block whose closing fence has not come yet; false when the tail is something else. */
  #continueFence(): boolean {
    this.#fence ??= this.#openFence();
    const fence = this.#fence;
    if (!fence) return false;
    const closing = new RegExp(`^ {0,3}${fence.marker[0]}{${fence.marker.length},}[ \\t]*$`);
    for (let start = fence.unchecked; ; ) {
      const end = this.#source.indexOf('\n', start);
      if (closing.test(this.#source.slice(start, end < 0 ? undefined : end))) {
        this.#fence = undefined;
        this.#lexTail(false);
        return true;
      }
      if (end < 0) break;
      start = end + 1;
      fence.unchecked = start;
    }
    const text = this.#source.slice(fence.textStart);
    this.#tail = [{ key: this.#offset, kind: 'open-code', language: fence.language, text }];
    return true;
  }

  #openFence(): OpenFence | undefined {
    const match = OPEN_FENCE.exec(this.#source.slice(this.#offset, this.#offset + 300));
    if (!match?.[1] || (match[1].startsWith('`') && match[2]?.includes('`'))) return undefined;
    const textStart = this.#offset + match[0].length;
    return { marker: match[1], language: fenceLanguage(match[2]), textStart, unchecked: textStart };
  }
}
