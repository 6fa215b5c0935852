import { storable } from '../../audit/index.ts';
import type { ProviderKind, SearchResult } from '../web-search.schemas.ts';

/** A result as a provider gave it: nothing in it is trusted. */
export interface FoundItem {
  title: unknown;
  url: unknown;
  snippet: unknown;
  publishedAt: unknown;
}

const maxTitleLength = 300;
const maxSnippetLength = 2_000;
const maxUrlLength = 2_000;
const maxAheadMs = 86_400_000;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The records among the elements of a list; `undefined` when it is no list. */
export function recordsOf(list: unknown): Record<string, unknown>[] | undefined {
  return Array.isArray(list) ? list.filter(isRecord) : undefined;
}

/** A result fit to be stored and shown as plain text; `undefined` when it leads nowhere. Fragments are dropped. */
export function toResult(item: FoundItem, source: ProviderKind, nowMs: number): SearchResult | undefined {
  const url = pageAddress(item.url);
  if (!url) return undefined;
  const title = plainText(item.title, maxTitleLength);
  return {
    title: title === '' ? url.host : title,
    url: url.href,
    snippet: plainText(item.snippet, maxSnippetLength),
    published_at: publicationTime(item.publishedAt, nowMs),
    source,
  };
}

function pageAddress(value: unknown): URL | undefined {
  if (typeof value !== 'string' || value.length > maxUrlLength || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isWeb || url.username !== '' || url.password !== '') return undefined;
  url.hash = '';
  return url;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Providers mark the words they found (`<strong>`) and escape the rest; both are undone. */
function plainText(value: unknown, maxLength: number): string {
  if (typeof value !== 'string') return '';
  const text = value
    .slice(0, maxLength * 4)
    .replace(/<\/?[a-z][^<>]{0,200}>/gi, '')
    .replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,5});/gi, (whole, name: string) => decodeEntity(name) ?? whole);
  return storable(text.replace(/\s+/g, ' '), maxLength);
}

function decodeEntity(name: string): string | undefined {
  if (!name.startsWith('#')) return entities[name.toLowerCase()];
  const isHex = /^#x/i.test(name);
  const code = Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** Providers write dates in many ways, also as "3 days ago": what is no date says nothing. */
function publicationTime(value: unknown, nowMs: number): string | null {
  if (typeof value !== 'string' || value.length > 60 || !/\d{4}/.test(value)) return null;
  const time = Date.parse(value);
  return Number.isNaN(time) || time > nowMs + maxAheadMs ? null : new Date(time).toISOString();
}
