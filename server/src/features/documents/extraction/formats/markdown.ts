import { readFile } from 'node:fs/promises';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import type { BlockKind, PageContent } from '../extraction.types.ts';
import { cleanText, PageBuilder } from '../page-builder.ts';
import { decodeText } from '../text-decoding.ts';
import type { ExtractorContext } from './extractor.ts';
import { visitText } from './markdown-text.ts';
import { addPlainText } from './text.ts';

/** Larger sources are read by their lines: a full parse takes minutes and gigabytes for them. */
const maxParsedUnits = 3_000_000;
const maxParagraphUnits = 50_000;

const blockKinds: Record<string, BlockKind> = { list: 'list', table: 'table', code: 'code', html: 'code' };

/** Reads Markdown (CommonMark with tables): the text stays as it was written, structure comes from the parse. */
export async function* extractMarkdown(context: ExtractorContext): AsyncIterable<PageContent> {
  const decoded = decodeText(await readFile(context.filePath));
  if (decoded.warning) context.warn(decoded.warning);
  const source = cleanText(decoded.text);
  const builder = new PageBuilder({ paged: false });
  if (!isParseable(source) || !addParsed(source, builder)) {
    context.warn('The file is unusually large or nested; it was read without lists, tables and code blocks.');
    addByLines(source, builder);
  }
  yield* builder.finish();
}

/** Emphasis marks of one paragraph are matched against each other: its length must stay within reason. */
function isParseable(source: string): boolean {
  if (source.length > maxParsedUnits) return false;
  let start = 0;
  for (let end = source.indexOf('\n\n'); end !== -1; end = source.indexOf('\n\n', start)) {
    if (end - start > maxParagraphUnits) return false;
    start = end + 2;
  }
  return source.length - start <= maxParagraphUnits;
}

/** False, with nothing added, where the source nests deeper than the parser can go. */
function addParsed(source: string, builder: PageBuilder): boolean {
  const tree = parse(source);
  if (!tree) return false;
  for (const node of tree.children) {
    const start = node.position?.start.offset;
    const end = node.position?.end.offset;
    if (start === undefined || end === undefined) continue;
    const text = source.slice(start, end);
    if (node.type === 'heading') builder.add('heading', text, { level: node.depth, title: visitText(node) });
    else builder.add(blockKinds[node.type] ?? 'paragraph', text);
  }
  return true;
}

function parse(source: string) {
  try {
    return unified().use(remarkParse).use(remarkGfm).parse(source);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function addByLines(source: string, builder: PageBuilder): void {
  let from = 0;
  for (const match of source.matchAll(/^(#{1,6})[ \t]([^\n]{1,300})$/gm)) {
    addPlainText(source.slice(from, match.index), builder);
    builder.add('heading', match[0], { level: match[1]?.length ?? 1, title: match[2] });
    from = match.index + match[0].length;
  }
  addPlainText(source.slice(from), builder);
}
