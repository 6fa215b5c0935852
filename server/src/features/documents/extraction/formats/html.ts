import { readFile } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import type { PageContent } from '../extraction.types.ts';
import { DocumentTooLarge } from '../extraction-errors.ts';
import { PageBuilder } from '../page-builder.ts';
import { decodeText } from '../text-decoding.ts';
import type { ExtractorContext } from './extractor.ts';
import { addHtmlBlocks, type DomNode, visibleText } from './html-blocks.ts';

/** A document tree takes about thirty times its source in memory. */
const maxSourceUnits = 20_000_000;
/** The article must hold this share of the page's text; otherwise the page is not an article and is read whole. */
const articleShare = 0.4;
/** Readability compares each element with its surroundings: only pages of usual size are given to it. */
const maxArticleUnits = 2_000_000;

const maxArticleDepth = 500;
const voidElement =
  /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|dt|dd|td|th|tr|option)\b/i;

/** Reads a page: its main article where there clearly is one, otherwise the whole body. Scripts are text, never run. */
export async function* extractHtml(context: ExtractorContext): AsyncIterable<PageContent> {
  const bytes = await readFile(context.filePath);
  const decoded = decodeText(bytes);
  const declared = declaredEncoding(bytes);
  const text = declared && decoded.encoding === 'windows-1252' ? declared.decode(bytes) : decoded.text;
  if (decoded.warning && !declared) context.warn(decoded.warning);
  if (text.length > maxSourceUnits) throw DocumentTooLarge.with();
  const builder = new PageBuilder({ paged: false });
  addPage(text, builder);
  yield* builder.finish();
}

/** Adds the blocks of an HTML source; a fragment is taken as the body of a page. */
export function addHtmlSource(source: string, builder: PageBuilder): void {
  const { document } = parseHTML(`<!doctype html><html><body>${source}</body></html>`);
  addHtmlBlocks(document.body as unknown as DomNode, builder);
}

function addPage(page: string, builder: PageBuilder): void {
  // The parser does not imply missing elements: without a body, only the first element would be found.
  const source = /<body[\s>]/i.test(page) ? page : `<!doctype html><html><body>${page}</body></html>`;
  const { document } = parseHTML(source);
  const root = (document.body ?? document.documentElement) as unknown as DomNode | null;
  if (!root) return;
  const title = document.title.trim();
  const usual = source.length <= maxArticleUnits && nestingDepth(source) <= maxArticleDepth;
  const article = usual ? readArticle(source, visibleText(root).length) : undefined;
  const content = article ?? root;
  if (title !== '' && !visibleText(content).includes(title)) builder.add('heading', title, { level: 1 });
  addHtmlBlocks(content, builder);
}

/** How deep elements nest at most, by counting tags; elements that are never closed count as nesting. */
function nestingDepth(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = source.indexOf('<'); at !== -1; at = source.indexOf('<', at + 1)) {
    if (source.charCodeAt(at + 1) === 0x2f) depth--;
    else if (/[a-z]/i.test(source.charAt(at + 1)) && !voidElement.test(source.slice(at + 1, at + 12)))
      depth++;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function readArticle(source: string, wholeLength: number): DomNode | undefined {
  // Readability changes the tree it reads, so it gets its own.
  const { document } = parseHTML(source);
  const article = new Readability(
    document as unknown as ConstructorParameters<typeof Readability>[0],
  ).parse();
  if (!article?.content || (article.textContent ?? '').length < wholeLength * articleShare) return undefined;
  const parsed = parseHTML(`<!doctype html><html><body>${article.content}</body></html>`);
  return parsed.document.body as unknown as DomNode;
}

/** `<meta charset>` in the first 1,024 bytes (HTML Living Standard, 4.2.5.4), where it names a known encoding. */
function declaredEncoding(bytes: Buffer): TextDecoder | undefined {
  const head = bytes.subarray(0, 1_024).toString('latin1');
  const label = /charset\s{0,5}=\s{0,5}["']?([\w-]{2,40})/i.exec(head)?.[1];
  if (!label || /^utf-?8$/i.test(label)) return undefined;
  try {
    return new TextDecoder(label);
  } catch {
    // An unknown label says nothing: the bytes decide.
    return undefined;
  }
}
