import type { PageContent } from '../extraction.types.ts';
import { DocumentDamaged, DocumentEncrypted } from '../extraction-errors.ts';
import { PageBuilder } from '../page-builder.ts';
import { openZipArchive, type ZipArchive } from '../zip-archive.ts';
import type { ExtractorContext } from './extractor.ts';
import { addHtmlSource } from './html.ts';
import { findAll, parseXml, resolvePart, type XmlElement } from './xml.ts';

const fontTypes = /\.(?:otf|ttf|woff2?)$/i;

/** Reads an e-book in spine order (EPUB 3.3, 5.2 and 4.2.6.3); one that is locked to a reader is refused. */
export async function* extractEpub(context: ExtractorContext): AsyncIterable<PageContent> {
  const archive = await openZipArchive(context.filePath, context.limits);
  refuseLocked(archive);
  const chapters = spineParts(archive);
  const builder = new PageBuilder({ paged: false });
  for (const [index, part] of chapters.entries()) {
    const source = archive.readText(part);
    if (source === undefined) context.warn(`A chapter of the book is missing (${part.slice(0, 100)}).`);
    else addHtmlSource(bodyOf(source), builder);
    context.progress(index + 1, chapters.length);
    yield* builder.takePages();
  }
  yield* builder.finish();
}

function spineParts(archive: ZipArchive): string[] {
  const container = parseXml(archive.readText('META-INF/container.xml'));
  const packagePart = findAll(container, 'rootfile')[0]?.getAttribute('full-path');
  if (!packagePart) throw DocumentDamaged.with();
  const folder = packagePart.split('/').slice(0, -1).join('/');
  const book = parseXml(archive.readText(packagePart));
  const parts = new Map(
    named(book, 'item').map((item) => [item.getAttribute('id'), item.getAttribute('href')]),
  );
  return named(book, 'itemref')
    .map((reference) => parts.get(reference.getAttribute('idref')))
    .filter((href) => typeof href === 'string')
    .map((href) => resolvePart(folder, decodeHref(href)));
}

function named(root: XmlElement, name: string): XmlElement[] {
  return [...findAll(root, name), ...findAll(root, `opf:${name}`)];
}

function decodeHref(href: string): string {
  const name = href.split('#')[0] ?? '';
  try {
    return decodeURIComponent(name);
  } catch {
    // A bare percent sign: the name is meant literally.
    return name;
  }
}

function bodyOf(source: string): string {
  const open = /<body[^>]{0,2000}>/i.exec(source);
  if (!open) return source;
  const start = open.index + open[0].length;
  const end = Math.max(source.lastIndexOf('</body'), source.lastIndexOf('</BODY'));
  return source.slice(start, end > start ? end : source.length);
}

/** Books may scramble embedded fonts and stay readable; anything else that is encrypted is a lock. */
function refuseLocked(archive: ZipArchive): void {
  const source = archive.readText('META-INF/encryption.xml');
  if (source === undefined) return;
  const root = parseXml(source);
  const references = [...findAll(root, 'enc:CipherReference'), ...findAll(root, 'CipherReference')];
  if (references.some((reference) => !fontTypes.test(reference.getAttribute('URI') ?? '')))
    throw DocumentEncrypted.with({ detail: 'The book is locked to a reader (DRM) and cannot be read here.' });
}
