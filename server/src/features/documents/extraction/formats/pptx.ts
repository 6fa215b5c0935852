import type { PageContent } from '../extraction.types.ts';
import { DocumentTooManyPages } from '../extraction-errors.ts';
import { PageBuilder } from '../page-builder.ts';
import { openZipArchive } from '../zip-archive.ts';
import type { ExtractorContext } from './extractor.ts';
import { findAll, parseXml, readRelationships, type XmlElement } from './xml.ts';

/** Reads slides in their order, one page each: title, text, tables, then the speaker's notes. */
export async function* extractPptx(context: ExtractorContext): AsyncIterable<PageContent> {
  const archive = await openZipArchive(context.filePath, context.limits);
  const relations = readRelationships(archive.readText('ppt/_rels/presentation.xml.rels'), 'ppt');
  const order = findAll(parseXml(archive.readText('ppt/presentation.xml')), 'p:sldId');
  if (order.length > context.limits.maxPages) throw DocumentTooManyPages.with();
  const builder = new PageBuilder({ paged: true });
  for (const [index, reference] of order.entries()) {
    const part = relations.get(reference.getAttribute('r:id') ?? '');
    const source = part && archive.readText(part);
    if (source) {
      addShapes(parseXml(source), builder);
      addNotes(part, archive.readText, builder);
    }
    builder.endPage();
    context.progress(index + 1, order.length);
    yield* builder.takePages();
  }
}

function addShapes(slide: XmlElement, builder: PageBuilder): void {
  const shapes = [...findAll(slide, 'p:sp')];
  const titles = shapes.filter(isTitle);
  const [first] = shapes;
  // Slides drawn without a title placeholder show theirs as the first line.
  if (titles.length === 0 && first && paragraphs(first).length === 1) titles.push(first);
  for (const title of titles) builder.add('heading', paragraphs(title).join(' '), { level: 1 });
  for (const shape of shapes) if (!titles.includes(shape)) addText(shape, builder);
  for (const table of findAll(slide, 'a:tbl')) builder.add('table', tableText(table));
}

function addText(shape: XmlElement, builder: PageBuilder): void {
  const lines = paragraphs(shape);
  if (lines.length === 1) builder.add('paragraph', lines[0] ?? '');
  else builder.add('list', lines.map((line) => `- ${line}`).join('\n'));
}

function addNotes(
  slidePart: string,
  readText: (name: string) => string | undefined,
  builder: PageBuilder,
): void {
  const file = slidePart.split('/').at(-1) ?? '';
  const relations = readRelationships(readText(`ppt/slides/_rels/${file}.rels`), 'ppt/slides');
  const notesPart = [...relations.values()].find((target) => target.startsWith('ppt/notesSlides/'));
  const source = notesPart && readText(notesPart);
  if (!source) return;
  const body = findAll(parseXml(source), 'p:sp').filter((shape) => placeholder(shape) === 'body');
  const text = body.flatMap(paragraphs).join('\n');
  if (text.trim() !== '') builder.add('paragraph', `Notes: ${text}`);
}

function isTitle(shape: XmlElement): boolean {
  const type = placeholder(shape);
  return type === 'title' || type === 'ctrTitle';
}

function placeholder(shape: XmlElement): string | undefined {
  return findAll(shape, 'p:ph')[0]?.getAttribute('type') ?? undefined;
}

function paragraphs(shape: XmlElement): string[] {
  return findAll(shape, 'a:p')
    .map(paragraphText)
    .filter((line) => line !== '');
}

function paragraphText(paragraph: XmlElement): string {
  return findAll(paragraph, 'a:t')
    .map((run) => run.textContent ?? '')
    .join('')
    .trim();
}

function tableText(table: XmlElement): string {
  return findAll(table, 'a:tr')
    .map((row) =>
      findAll(row, 'a:tc')
        .map((cell) => paragraphs(cell).join(' '))
        .join(' | '),
    )
    .join('\n');
}
