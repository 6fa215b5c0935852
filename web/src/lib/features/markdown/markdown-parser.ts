import { Lexer, Marked, type Parser, type Tokens, type TokensList } from 'marked';

/** The words the renderer itself needs; everything else in the output is the author's. */
export interface MarkdownLabels {
  copyCode: string;
  imageFrom: (host: string) => string;
  imageNotShown: string;
  source: (number: number) => string;
}

export interface MarkdownParserOptions {
  /** Numbers that become citation chips; any other `[n]` stays text. */
  citations: ReadonlySet<number>;
  labels: MarkdownLabels;
}

export type LinkDefinitions = TokensList['links'];

export interface MarkdownParser {
  /** Top-level tokens of a text; `known` are link definitions met earlier in the same document. */
  lex(source: string, known?: LinkDefinitions): TokensList;
  /** HTML of top-level tokens. Not sanitised yet. */
  render(tokens: Tokens.Generic[]): string;
}

const LINK_PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);
const BARE_TAG = /^<\/?(?:br|sub|sup|kbd|mark|b|i|em|strong|s|u)\s*\/?>$/i;
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** The absolute address of a link that may be opened, or undefined (relative, script, data, …). */
export function safeLinkUrl(href: string): URL | undefined {
  const url = URL.canParse(href) ? new URL(href) : undefined;
  return url && LINK_PROTOCOLS.has(url.protocol) ? url : undefined;
}

/** HTML of a code block with its copy button; highlighting comes later, in the page. */
export function codeBlockHtml(text: string, language: string, labels: MarkdownLabels): string {
  const name = escapeHtml(language);
  return (
    `<div class="code-block"><div class="code-block-head"><span>${name}</span>` +
    `<button type="button" class="code-block-copy" data-copy-code="">${escapeHtml(labels.copyCode)}</button></div>` +
    `<pre tabindex="0"><code data-language="${name}">${escapeHtml(text)}</code></pre></div>`
  );
}

/** The language named on a fence (`ts title="x"` → `ts`), at most 20 characters. */
export function fenceLanguage(info: string | undefined): string {
  return (info ?? '').trim().split(/\s/, 1)[0]?.slice(0, 20) ?? '';
}

function imageHtml(href: string, text: string, labels: MarkdownLabels): string {
  const url = safeLinkUrl(href);
  const alternative = text ? `<span class="image-chip-text">${escapeHtml(text)}</span>` : '';
  if (!url || url.protocol === 'mailto:') {
    return `<span class="image-chip">${alternative}${escapeHtml(labels.imageNotShown)}</span>`;
  }
  return (
    `<a class="image-chip" href="${escapeHtml(url.href)}" target="_blank" rel="noopener noreferrer">` +
    `${alternative}${escapeHtml(labels.imageFrom(url.host))}</a>`
  );
}

function tableHtml(parser: Parser, table: Tokens.Table): string {
  const row = (cells: Tokens.TableCell[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}${cell.align ? ` align="${cell.align}"` : ''}>${parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
  const body = table.rows.map((cells) => row(cells, 'td')).join('');
  return `<table><thead>${row(table.header, 'th')}</thead><tbody>${body}</tbody></table>`;
}

function citationExtension(options: MarkdownParserOptions) {
  return {
    name: 'citation',
    level: 'inline' as const,
    start: (source: string) => {
      const index = source.search(/ ?\[\d/);
      return index < 0 ? undefined : index;
    },
    tokenizer(this: { lexer: Lexer }, source: string) {
      const match = /^( ?)\[(\d{1,3}(?:, ?\d{1,3}){0,9})\](?!\()/.exec(source);
      if (!match?.[2] || this.lexer.state.inLink) return undefined;
      const numbers = match[2].split(',').map(Number);
      if (!numbers.every((number) => options.citations.has(number))) return undefined;
      return { type: 'citation', raw: match[0], numbers, spaced: match[1] !== '' };
    },
    // A chip never starts a line: it belongs to the word before it.
    renderer: (token: Tokens.Generic) =>
      (token.spaced ? '<span class="citations">\u00a0' : '') +
      (token.numbers as number[])
        .map(
          (number) =>
            `<button type="button" class="citation" data-citation="${number}" ` +
            `aria-label="${escapeHtml(options.labels.source(number))}">${number}</button>`,
        )
        .join('') +
      (token.spaced ? '</span>' : ''),
  };
}

const mathHtml = (token: Tokens.Generic) =>
  `<span class="math" data-math="${token.display ? 'block' : 'inline'}">${escapeHtml(String(token.text))}</span>`;

const blockMath = {
  name: 'blockMath',
  level: 'block' as const,
  start: (source: string) => {
    const index = source.search(/\n(?:\$\$|\\\[)/);
    return index < 0 ? undefined : index + 1;
  },
  tokenizer(source: string) {
    const match =
      /^(?:\$\$((?:[^$\n]|\n(?![ \t]*\n)){1,4000})\$\$|\\\[((?:[^$\n]|\n(?![ \t]*\n)){1,4000}?)\\\])[ \t]*(?:\n|$)/.exec(
        source,
      );
    const text = match?.[1] ?? match?.[2];
    return match && text ? { type: 'blockMath', raw: match[0], text: text.trim(), display: true } : undefined;
  },
  renderer: (token: Tokens.Generic) => `<p>${mathHtml(token)}</p>`,
};

/** `$x$` counts only when no blank touches the inside and no digit follows, so that prices stay text. */
const inlineMath = {
  name: 'inlineMath',
  level: 'inline' as const,
  start: (source: string) => {
    const index = source.search(/\$|\\\(/);
    return index < 0 ? undefined : index;
  },
  tokenizer(source: string) {
    const match =
      /^\$([^\s$](?:[^$\n]{0,500}[^\s$\\])?)\$(?!\d)/.exec(source) ?? /^\\\(([^\n]{1,500}?)\\\)/.exec(source);
    return match?.[1]
      ? { type: 'inlineMath', raw: match[0], text: match[1].trim(), display: false }
      : undefined;
  },
  renderer: mathHtml,
};

function plainParagraph(source: string): Tokens.Paragraph {
  const text: Tokens.Text = { type: 'text', raw: source, text: source, escaped: false };
  return { type: 'paragraph', raw: source, text: source, tokens: [text] };
}

/** Marks for quotes and list items, one inside the other on one line, deeper than anybody writes. */
const ABSURD_NESTING = /^(?: {0,3}(?:>[ \t]?|[-+*][ \t]|\d{1,9}[.)][ \t])){50}/m;

/** Thousands of nested quotes or lists exhaust the call stack; such a text is shown as it was written. */
function withinNesting<Result>(work: () => Result, asPlainText: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return asPlainText();
    throw error;
  }
}

/** A parser for untrusted Markdown: no raw HTML, no remote image, only http, https and mailto links (S36). */
export function createMarkdownParser(options: MarkdownParserOptions): MarkdownParser {
  const { labels } = options;
  const marked = new Marked({ gfm: true, breaks: false });
  marked.use({
    extensions: [citationExtension(options), blockMath, inlineMath],
    tokenizer: {
      // "[1]: Report.pdf" in an answer is a source line; as a link definition it would vanish.
      def: (source) => (/^ {0,3}\[\d{1,3}\]:/.test(source) ? undefined : false),
    },
    renderer: {
      code: (token) => codeBlockHtml(token.text, fenceLanguage(token.lang), labels),
      html: (token) => (BARE_TAG.test(token.raw.trim()) ? token.raw : escapeHtml(token.raw)),
      table(token) {
        return `<div class="table-scroll" tabindex="0">${tableHtml(this.parser, token)}</div>`;
      },
      image: (token) => imageHtml(token.href, token.text, labels),
      checkbox: (token) => `<span class="task-box" data-checked="${token.checked}"></span> `,
      heading(token) {
        // Below the page's own h1; a model that starts at "###" leaves no gap in the order.
        const level = token.depth <= 3 ? 2 : 3;
        const text = this.parser.parseInline(token.tokens);
        return `<h${level} class="heading-${token.depth}">${text}</h${level}>`;
      },
      link(token) {
        const text = this.parser.parseInline(token.tokens);
        const url = safeLinkUrl(token.href);
        return url
          ? `<a href="${escapeHtml(url.href)}" target="_blank" rel="noopener noreferrer">${text}</a>`
          : text;
      },
    },
  });
  return {
    lex(source, known) {
      const lexer = new Lexer(marked.defaults);
      if (known) Object.assign(lexer.tokens.links, known);
      const asPlainText = () => Object.assign([plainParagraph(source)], { links: {} });
      if (ABSURD_NESTING.test(source)) return asPlainText();
      return withinNesting(() => lexer.lex(source), asPlainText);
    },
    render: (tokens) =>
      withinNesting(
        () => marked.parser(tokens as TokensList),
        () => `<p>${escapeHtml(tokens.map((token) => token.raw).join(''))}</p>`,
      ),
  };
}
