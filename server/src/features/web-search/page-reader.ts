import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import { extractWhole } from '../documents/index.ts';
import { PageUnreadable } from './web-search.errors.ts';

const maxPageBytes = 2 * 1024 * 1024;
const maxRedirects = 3;
const limits = { maxMemoryBytes: 384 * 1024 * 1024, maxCharacters: 400_000 };
const readableTypes = { 'text/html': 'html', 'application/xhtml+xml': 'html', 'text/plain': 'text' } as const;

export interface PageReaderOptions {
  door: OutboundDoor;
  /** Until a page has come; 8 s by default. */
  fetchTimeoutMs?: number;
  /** Until its text has been read; 10 s by default. */
  extractTimeoutMs?: number;
}

export interface PageReader {
  /**
   * The text of a page; offsets in it are what citations count. Pages are other people's: never from a local address,
   * whatever is allowed to providers (S34), and opened in the bounded child only (S35). Throws
   * `web_search.page_unreadable`, `outbound.…`, `documents.…`; an abort throws the signal's reason.
   */
  read(url: string, signal: AbortSignal): Promise<string>;
}

export function createPageReader(options: PageReaderOptions): PageReader {
  const { door, fetchTimeoutMs = 8_000, extractTimeoutMs = 10_000 } = options;
  return {
    async read(url, signal) {
      const policy = { allowLocal: false, timeoutMs: fetchTimeoutMs, maxBytes: maxPageBytes, maxRedirects };
      const headers = { accept: 'text/html, application/xhtml+xml, text/plain;q=0.8' };
      const response = await door.fetch(url, { headers, signal }, policy);
      const kind = kindOf(response);
      if (!kind) {
        await response.body?.cancel();
        throw PageUnreadable.with();
      }
      return extract(new Uint8Array(await response.arrayBuffer()), kind, {
        timeoutMs: extractTimeoutMs,
        signal,
      });
    },
  };
}

function kindOf(response: Response): 'html' | 'text' | undefined {
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  const isKnown = (name: string | undefined): name is keyof typeof readableTypes =>
    name !== undefined && Object.hasOwn(readableTypes, name);
  return response.status === 200 && isKnown(type) ? readableTypes[type] : undefined;
}

async function extract(
  bytes: Uint8Array,
  kind: 'html' | 'text',
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-page-'));
  try {
    const filePath = path.join(folder, 'page');
    await writeFile(filePath, bytes, { mode: 0o600 });
    const { pages } = await extractWhole({ filePath, kind, limits: { ...limits, timeoutMs }, signal });
    return pages.map(({ text }) => text).join('\n\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
