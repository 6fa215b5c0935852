import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPageReader } from '../../src/features/web-search/page-reader.ts';
import { createWebSources } from '../../src/features/web-search/web-sources.ts';
import { createOutboundDoor, type OutboundDoor } from '../../src/platform/outbound-http/index.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { startWebSearchPeer, type WebSearchPeer } from '../peers/web-search-peer.ts';

const filler = 'The valley is wide and green, and many birds live along the water in spring. '.repeat(30);
const article = `<!doctype html><html><head><title>The bridge</title><script>fetch('/spy')</script></head><body>
<nav>Home · Contact</nav><article><h1>The bridge</h1><p>${filler}</p>
<p>The bridge over the river Kwell was opened in the year 1932 by the mayor.</p><p>${filler}</p></article></body></html>`;

describe('pages found on the web', () => {
  const real = createOutboundDoor({ userAgent: 'test' });
  const log = createLogger({ level: 'silent' });
  let peer: WebSearchPeer;
  let sources: ReturnType<typeof createWebSources>;

  beforeAll(async () => {
    peer = await startWebSearchPeer();
    // Stands in for the public web: the peer, and nothing else, may be reached as if it were public.
    const door: OutboundDoor = {
      ...real,
      fetch: (url, init, policy) => real.fetch(url, init, { ...policy, allowLocal: true }),
    };
    const pages = createPageReader({ door, fetchTimeoutMs: 120_000, extractTimeoutMs: 120_000 });
    sources = createWebSources({ pages, log, maxReadingMs: 120_000 });
  });
  afterAll(async () => {
    await real.close();
    await peer.close();
  });

  const result = (url: string) => ({ title: 'The bridge', url, snippet: 'A bridge.', published_at: null });
  const passagesOf = (...urls: string[]) =>
    sources.passagesOf(
      'When was the bridge over the Kwell opened?',
      urls.map(result),
      new AbortController().signal,
    );

  it('give the passage that answers, with its place in the text of the page', async () => {
    const [passage] = await passagesOf(peer.page('bridge', article));
    expect(passage?.web.read).toBe('page');
    expect(passage?.text).toContain('was opened in the year 1932');
    expect(passage?.text.length).toBeLessThanOrEqual(1_200);
    expect(passage?.start).toBeGreaterThan(500);
    expect((passage?.end ?? 0) - (passage?.start ?? 0)).toBe(passage?.text.length);
    expect(JSON.stringify(passage)).not.toContain('spy');
  });

  it('leave the words of the search provider where they cannot be read', async () => {
    const passages = await passagesOf(
      peer.page('picture', 'not text', 'image/png'),
      `${peer.url}/pages/missing`,
      peer.page('large', `<p>${'x'.repeat(3 * 1024 * 1024)}</p>`),
    );
    expect(passages.map(({ text, web }) => [text, web.read])).toEqual(
      Array(3).fill(['A bridge.', 'snippet']),
    );
  });

  it('S34: are never read from a local address, whatever the search provider names', async () => {
    const guarded = createWebSources({ pages: createPageReader({ door: real }), log });
    const urls = [peer.page('inside', article), 'http://169.254.169.254/latest/meta-data/', 'http://[::1]/'];
    const passages = await guarded.passagesOf('bridge', urls.map(result), new AbortController().signal);
    expect(passages.map(({ web }) => web.read)).toEqual(['snippet', 'snippet', 'snippet']);
  });
});
