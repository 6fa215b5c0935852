import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';

export interface Bookmark {
  title: string;
  level: number;
}

type OutlineNode = Awaited<ReturnType<PDFDocumentProxy['getOutline']>>[number];

const maxBookmarks = 2_000;
const maxLevel = 6;

/** Bookmarks by page number (ISO 32000-1, 12.3.3), in their order; those that point nowhere are left out. */
export async function readBookmarks(pdf: PDFDocumentProxy): Promise<Map<number, Bookmark[]>> {
  const byPage = new Map<number, Bookmark[]>();
  const stack = ((await pdf.getOutline()) ?? []).map((node) => ({ node, level: 1 })).reverse();
  let seen = 0;
  for (let next = stack.pop(); next !== undefined && seen < maxBookmarks; next = stack.pop()) {
    seen++;
    const { node, level } = next;
    const page = await pageOf(pdf, node);
    const title = node.title.trim();
    if (page !== undefined && title !== '') byPage.set(page, [...(byPage.get(page) ?? []), { title, level }]);
    const children = level < maxLevel ? node.items : [];
    for (const child of children.toReversed()) stack.push({ node: child, level: level + 1 });
  }
  return byPage;
}

async function pageOf(pdf: PDFDocumentProxy, node: OutlineNode): Promise<number | undefined> {
  try {
    const target = typeof node.dest === 'string' ? await pdf.getDestination(node.dest) : node.dest;
    const reference: unknown = target?.[0];
    if (typeof reference === 'number') return reference + 1;
    if (!isReference(reference)) return undefined;
    return (await pdf.getPageIndex(reference)) + 1;
  } catch {
    // A bookmark to a page that does not exist names nothing; the text is still there.
    return undefined;
  }
}

function isReference(value: unknown): value is { num: number; gen: number } {
  return typeof value === 'object' && value !== null && 'num' in value && 'gen' in value;
}
