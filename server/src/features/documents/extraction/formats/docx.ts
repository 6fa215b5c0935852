import mammoth from 'mammoth';
import type { PageContent } from '../extraction.types.ts';
import { DocumentDamaged } from '../extraction-errors.ts';
import { PageBuilder } from '../page-builder.ts';
import { openZipArchive } from '../zip-archive.ts';
import type { ExtractorContext } from './extractor.ts';
import { addHtmlSource } from './html.ts';

/** Title styles that mammoth does not map by itself. */
const styleMap = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"];

/** Reads a Word document: headings, lists, tables, foot- and endnotes; pictures are left out. */
export async function* extractDocx(context: ExtractorContext): AsyncIterable<PageContent> {
  const archive = await openZipArchive(context.filePath, context.limits);
  const builder = new PageBuilder({ paged: false });
  const options = { styleMap, convertImage: mammoth.images.imgElement(async () => ({ src: '' })) };
  let html: string;
  try {
    html = (await mammoth.convertToHtml({ buffer: archive.bytes }, options)).value;
  } catch (cause) {
    throw DocumentDamaged.with({ cause });
  }
  addHtmlSource(html, builder);
  yield* builder.finish();
}
