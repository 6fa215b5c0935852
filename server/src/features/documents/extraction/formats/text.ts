import { readFile } from 'node:fs/promises';
import type { BlockKind, PageContent } from '../extraction.types.ts';
import { PageBuilder } from '../page-builder.ts';
import { decodeText } from '../text-decoding.ts';
import type { ExtractorContext } from './extractor.ts';

/** Reads plain text: an empty line separates paragraphs. */
export async function* extractText(context: ExtractorContext): AsyncIterable<PageContent> {
  yield* readBlocks(context, 'paragraph');
}

/** Reads source code: an empty line separates pieces; the encoding is the only thing interpreted. */
export async function* extractCode(context: ExtractorContext): AsyncIterable<PageContent> {
  yield* readBlocks(context, 'code');
}

async function* readBlocks(context: ExtractorContext, kind: BlockKind): AsyncIterable<PageContent> {
  const { text, warning } = decodeText(await readFile(context.filePath));
  if (warning) context.warn(warning);
  const builder = new PageBuilder({ paged: false });
  addPlainText(text, builder, kind);
  yield* builder.finish();
}

const listLine = /^\s{0,12}(?:[-*•‣–]|\d{1,3}[.)])\s/u;

/** Adds text by its empty lines; a group of lines that start with bullets or numbers is a list. */
export function addPlainText(text: string, builder: PageBuilder, kind: BlockKind = 'paragraph'): void {
  let group: string[] = [];
  const flush = (): void => {
    if (group.length === 0) return;
    const isList = kind === 'paragraph' && group.length > 1 && group.every((line) => listLine.test(line));
    builder.add(isList ? 'list' : kind, group.join('\n'));
    group = [];
  };
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    if (line.trim() === '') flush();
    else group.push(line);
  }
  flush();
}
