import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { askProvider } from '../../src/features/web-search/ask-provider.ts';
import type { ProviderConnection, SearchQuery } from '../../src/features/web-search/providers/adapter.ts';
import type { ProviderKind } from '../../src/features/web-search/web-search.schemas.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';
import { ProblemError } from '../../src/platform/errors.ts';
import { createOutboundDoor } from '../../src/platform/outbound-http/index.ts';
import {
  braveAnswer,
  goodKey,
  json,
  startWebSearchPeer,
  type WebSearchPeer,
} from '../peers/web-search-peer.ts';

const kinds: ProviderKind[] = ['tavily', 'serpapi', 'brave', 'searxng'];
const query: SearchQuery = {
  text: 'bridge over the Kwell',
  count: 5,
  language: 'de-AT',
  freshness: 'month',
  safe: true,
};

describe('search providers', () => {
  const door = createOutboundDoor({ userAgent: 'test' });
  let peer: WebSearchPeer;

  beforeAll(async () => {
    peer = await startWebSearchPeer();
  });
  afterEach(() => {
    peer.behave();
    peer.requests.length = 0;
  });
  afterAll(async () => {
    await door.close();
    await peer.close();
  });

  const connection = (kind: ProviderKind, key = goodKey): ProviderConnection => ({
    kind,
    baseUrl: `${peer.url}/${kind}`,
    allowLocal: true,
    apiKey: new Secret(key),
    searchesPerHour: 100,
  });
  const ask = (kind: ProviderKind, key?: string) =>
    askProvider(door, connection(kind, key), query, new AbortController().signal);
  const failure = async (kind: ProviderKind, key?: string): Promise<ProblemError> => {
    const problem = await ask(kind, key).catch((error: unknown) => error);
    if (!(problem instanceof ProblemError)) throw new Error('The search did not fail with a declared error.');
    return problem;
  };

  it.each(kinds)('%s: its documented answer becomes plain results', async (kind) => {
    const [first] = await ask(kind);
    expect(first).toMatchObject({
      title: 'The bridge over the Kwell',
      url: 'https://bridges.example/kwell',
      source: kind,
    });
    expect(first?.snippet).toMatch(/^Opened in 1932/);
  });

  it('dates are kept where they are dates', async () => {
    expect((await ask('tavily')).map((result) => result.published_at)).toEqual([
      '2024-03-12T08:30:00.000Z',
      null,
    ]);
    const [dated, vague] = await ask('serpapi');
    expect(dated?.published_at).toMatch(/^2024-03-1[12]T/);
    expect(vague?.published_at).toBeNull();
    expect((await ask('searxng'))[0]?.published_at).toBeNull();
  });

  it('language, freshness, safety and count are asked for as each provider names them', async () => {
    for (const kind of kinds) await ask(kind);
    const [tavily, serpapi, brave, searxng] = peer.requests;
    expect(JSON.parse(tavily?.body ?? '')).toMatchObject({ max_results: 5, time_range: 'month' });
    const parametersOf = (request: typeof serpapi) => Object.fromEntries(request?.parameters ?? []);
    expect(parametersOf(serpapi)).toMatchObject({ hl: 'de', safe: 'active', tbs: 'qdr:m', num: '5' });
    expect(parametersOf(brave)).toMatchObject({ search_lang: 'de', safesearch: 'strict', freshness: 'pm' });
    expect(parametersOf(searxng)).toMatchObject({ language: 'de-AT', safesearch: '2', time_range: 'month' });
  });

  it.each(['tavily', 'serpapi', 'brave'] as const)(
    '%s: S40: a wrong key is named as such and never repeated',
    async (kind) => {
      const problem = await failure(kind, 'wrong-key-999');
      expect(problem.code).toBe('web_search.bad_key');
      expect(problem.detail).toContain('did not accept the API key');
      expect(`${problem.detail} ${String(problem.cause)}`).not.toContain('wrong-key-999');
    },
  );

  it.each([
    ['tavily', 432, { detail: { error: 'This request exceeds your plan limit.' } }],
    ['tavily', 433, { detail: { error: 'This request exceeds the pay-as-you-go limit.' } }],
    ['serpapi', 429, { error: 'Your account has run out of searches.' }],
    ['brave', 429, { type: 'ErrorResponse', error: { code: 'QUOTA_LIMITED' } }],
  ] as const)('%s: %i says that the quota is used up', async (kind, status, body) => {
    peer.answer(json(status, body));
    expect((await failure(kind)).code).toBe('web_search.quota_used_up');
  });

  it.each([
    ['serpapi', 429, { error: 'You exceeded the hourly throughput limit.' }, 'provider_busy'],
    ['brave', 429, { error: { code: 'RATE_LIMITED' } }, 'provider_busy'],
    ['tavily', 429, { detail: { error: 'Too many requests.' } }, 'provider_busy'],
    ['searxng', 429, {}, 'provider_busy'],
    ['searxng', 403, {}, 'refused'],
    ['tavily', 400, { detail: { error: 'Query is too long.' } }, 'refused'],
    ['serpapi', 503, {}, 'unreachable'],
  ] as const)('%s: %i %j is %s', async (kind, status, body, code) => {
    peer.answer(json(status, body));
    expect((await failure(kind)).code).toBe(`web_search.${code}`);
  });

  it('SearXNG without JSON says what to change; without any engine that answered it counts as unreachable', async () => {
    peer.answer(json(403, {}));
    expect((await failure('searxng')).detail).toContain('search.formats');
    peer.answer(json(200, { results: [], unresponsive_engines: [['google', 'CAPTCHA']] }));
    expect((await failure('searxng')).code).toBe('web_search.unreachable');
  });

  it.each([
    [
      'serpapi',
      { search_metadata: { status: 'Success' }, error: "Google hasn't returned any results for this query." },
    ],
    ['brave', { type: 'search', query: {} }],
    ['tavily', { results: [] }],
    ['searxng', { results: [] }],
  ] as const)('%s: nothing found is an empty list', async (kind, body) => {
    peer.answer(json(200, body));
    expect(await ask(kind)).toEqual([]);
  });

  it.each(kinds)('%s: what is no answer of it is refused, whatever it is', async (kind) => {
    for (const body of [null, [], 'text', 42, { results: 'many', organic_results: {}, type: 'other' }]) {
      peer.answer(json(200, body));
      expect((await failure(kind)).code).toBe('web_search.bad_answer');
    }
    peer.answer((_request, response) => response.writeHead(200).end('<html>Sign in to this network</html>'));
    expect((await failure(kind)).code).toBe('web_search.bad_answer');
  });

  it('S36: results that lead nowhere are left out, and markup in texts is taken away', async () => {
    const odd = [
      null,
      { title: 'script', url: 'javascript:alert(1)' },
      { title: 'login', url: 'https://user:password@bank.example/' },
      { title: 'no address' },
      { title: { nested: true }, url: 'https://fine.example/', content: ['list'] },
      {
        title: '<img src=x onerror=alert(1)>Fine\u202e',
        url: 'https://fine.example/page',
        content: '&lt;b&gt;',
      },
    ];
    peer.answer(json(200, { results: odd }));
    expect(await ask('tavily')).toEqual([
      {
        title: 'fine.example',
        url: 'https://fine.example/',
        snippet: '',
        published_at: null,
        source: 'tavily',
      },
      {
        title: 'Fine',
        url: 'https://fine.example/page',
        snippet: '<b>',
        published_at: null,
        source: 'tavily',
      },
    ]);
  });

  it('an answer that is too large, a redirect and a closed port are unreachable, in words', async () => {
    peer.answer((_request, response) => response.writeHead(200).end('x'.repeat(3 * 1024 * 1024)));
    expect((await failure('brave')).code).toBe('web_search.unreachable');
    peer.answer((_request, response) =>
      response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
    );
    expect((await failure('brave')).code).toBe('web_search.unreachable');
    const closed = { ...connection('brave'), baseUrl: 'http://127.0.0.1:9' };
    const refused = await askProvider(door, closed, query, new AbortController().signal).catch(String);
    expect(refused).toContain('Brave Search could not be reached');
  });

  it('S34: no provider is asked at a local address unless that is allowed', async () => {
    const guarded = { ...connection('searxng'), allowLocal: false };
    await expect(askProvider(door, guarded, query, new AbortController().signal)).rejects.toMatchObject({
      code: 'web_search.unreachable',
    });
    expect(peer.requests).toEqual([]);
  });

  it('gives no more results than were asked for, each page once', async () => {
    const [result] = braveAnswer.web.results;
    const copies = Array.from({ length: 9 }, (_, index) => ({
      ...result,
      url: `https://a.example/${index % 7}`,
    }));
    peer.answer(json(200, { ...braveAnswer, web: { results: copies } }));
    expect((await ask('brave')).map(({ url }) => url)).toEqual(
      [0, 1, 2, 3, 4].map((n) => `https://a.example/${n}`),
    );
  });
});
