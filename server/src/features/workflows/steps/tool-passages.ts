import type { FoundPassage } from '../workflow-ports.ts';

const maxPassages = 20;
const maxWebPassageUnits = 1_200;

/** What of a tool's result can be quoted with its place: passages of documents, and results on the web. */
export function passagesIn(result: unknown): FoundPassage[] {
  const { items } = (result ?? {}) as { items?: unknown };
  if (!Array.isArray(items)) return [];
  return items.flatMap((item) => toPassage(item) ?? []).slice(0, maxPassages);
}

function toPassage(item: unknown): FoundPassage | undefined {
  if (item === null || typeof item !== 'object') return undefined;
  const one = item as Partial<FoundPassage> & { title?: unknown; url?: unknown; snippet?: unknown };
  if (typeof one.chunk_id === 'string' && typeof one.document_id === 'string' && typeof one.text === 'string')
    return one as FoundPassage;
  if (typeof one.url === 'string' && typeof one.snippet === 'string') return toWebPassage(one);
  return undefined;
}

/** The words of a search provider about a page; the page itself was not read. */
function toWebPassage(one: { title?: unknown; url?: unknown; snippet?: unknown }): FoundPassage | undefined {
  const url = String(one.url);
  const text = String(one.snippet).slice(0, maxWebPassageUnits).toWellFormed();
  if (!URL.canParse(url) || text.trim() === '') return undefined;
  const { published_at: published } = one as { published_at?: unknown };
  return {
    ...{ chunk_id: null, document_id: null, document_name: String(one.title ?? url), page: null },
    ...{ start: 0, end: text.length, heading_path: [], text, score: null, why: null },
    web: {
      url,
      site: new URL(url).host,
      published_at: typeof published === 'string' ? published : null,
      read_at: new Date().toISOString(),
      read: 'snippet',
      passage: text,
    },
  };
}
