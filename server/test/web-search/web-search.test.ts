import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSearchService } from '../../src/features/web-search/search.service.ts';
import { createSearchLimits } from '../../src/features/web-search/search-limits.ts';
import { searchWebTool } from '../../src/features/web-search/search-web.tool.ts';
import { createOutboundDoor } from '../../src/platform/outbound-http/index.ts';
import type { ToolContext } from '../../src/platform/tools/tool.ts';
import { signedIn, type TestBrowser } from '../identity/client.ts';
import { goodKey, json, startWebSearchPeer, type WebSearchPeer } from '../peers/web-search-peer.ts';
import { createTestApp, type TestApp } from '../test-app.ts';

const settingsUrl = '/api/v1/admin/web-search';
const searchUrl = '/api/v1/web-search';

describe('web search', () => {
  let app: TestApp;
  let peer: WebSearchPeer;
  let admin: TestBrowser;
  let person: TestBrowser;
  let queries = 0;

  beforeAll(async () => {
    app = await createTestApp({ guard: 'real' });
    peer = await startWebSearchPeer();
    admin = (await signedIn(app, 'admin@example.org', 'admin')).browser;
    person = (await signedIn(app, 'person@example.org')).browser;
  });
  beforeEach(() => {
    peer.requests.length = 0;
  });
  afterEach(() => peer.behave());
  afterAll(async () => {
    await app.stop();
    await peer.close();
  });

  const configure = (change: object) => admin.request('PUT', settingsUrl, { json: change });
  const provider = (kind: string, more: object = {}) => ({
    kind,
    enabled: true,
    base_url: `${peer.url}/${kind}`,
    allow_local: true,
    ...(kind === 'searxng' ? {} : { api_key: goodKey }),
    ...more,
  });
  const search = (query = `question ${++queries}`) => person.request('POST', searchUrl, { json: { query } });

  it('is off until an administrator turns it on, and says so', async () => {
    expect((await person.request('GET', searchUrl)).json()).toEqual({ enabled: false });
    const refused = await search();
    expect(refused.json()).toMatchObject({ status: 409, code: 'web_search.disabled' });
    expect(refused.json().detail).toContain('An administrator can turn it on');
    await configure({ enabled: true, providers: [] });
    expect((await search()).json()).toMatchObject({ status: 409, code: 'web_search.no_provider' });
  });

  it('is off at once when it is turned off: for the switch, the API, tools, and what is in memory', async () => {
    await configure({ enabled: true, providers: [provider('brave')] });
    expect((await person.request('GET', searchUrl)).json()).toEqual({ enabled: true });
    expect((await search('kept')).json()).toMatchObject({ provider: 'brave' });
    await configure({ enabled: false, providers: [provider('brave')] });
    peer.requests.length = 0;
    expect((await person.request('GET', searchUrl)).json()).toEqual({ enabled: false });
    expect((await search('kept')).json()).toMatchObject({ status: 409, code: 'web_search.disabled' });
    const door = createOutboundDoor({ userAgent: 'test' });
    const tool = searchWebTool(
      createSearchService({
        db: app.platform.db,
        door,
        log: app.platform.log,
        limits: createSearchLimits(Date.now),
        openProvider() {
          throw new Error('No provider is to be asked.');
        },
      }),
    );
    const context: ToolContext = {
      ownerId: uuidv7(),
      origin: { kind: 'workflow', workflowId: uuidv7(), runId: uuidv7() },
      idempotencyKey: 'once',
      signal: new AbortController().signal,
    };
    const used = tool.run(context, { query: 'kept' } as never);
    await expect(used).rejects.toMatchObject({ code: 'web_search.disabled' });
    await door.close();
    expect(peer.requests).toEqual([]);
  });

  it('answers from memory only while the settings are the same', async () => {
    await configure({ enabled: true, providers: [provider('brave')] });
    await search('the same');
    await configure({ enabled: true, providers: [provider('tavily')] });
    expect((await search('the same')).json()).toMatchObject({ cached: false, provider: 'tavily' });
  });

  it('S12: is configured by administrators only', async () => {
    const body = { enabled: true, providers: [] };
    expect((await person.request('GET', settingsUrl)).statusCode).toBe(403);
    expect((await person.request('PUT', settingsUrl, { json: body })).statusCode).toBe(403);
    const test = await person.request('POST', `${settingsUrl}/test`, { json: { kind: 'brave' } });
    expect(test.statusCode).toBe(403);
  });

  it('answers people with results, and from memory when the same is asked again', async () => {
    const saved = await configure({ enabled: true, providers: [provider('brave')] });
    expect(saved.statusCode, saved.body).toBe(200);
    const first = (await search('the  bridge\u0000')).json();
    expect(first).toMatchObject({ provider: 'brave', cached: false });
    expect(first.results[0]).toEqual({
      title: 'The bridge over the Kwell',
      url: 'https://bridges.example/kwell',
      snippet: "Opened in 1932 by Tom & Anna's mayor.",
      published_at: expect.stringMatching(/^2024-03-1/),
      source: 'brave',
    });
    expect((await search('the bridge')).json()).toMatchObject({ cached: true, results: first.results });
    expect(peer.requests).toHaveLength(1);
  });

  it('S40: takes keys and never gives them back; they are stored sealed and audited without their text', async () => {
    const saved = await configure({ enabled: true, providers: [provider('tavily')] });
    const shown = await admin.request('GET', settingsUrl);
    expect(shown.json().providers[0]).toMatchObject({ kind: 'tavily', has_api_key: true });
    const { rows } = await sql<{ text: string }>`
      select api_key_sealed as text from web_search_providers union all
      select details::text from audit_events where action = 'web_search.changed'`.execute(app.platform.db);
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.some(({ text }) => text.includes('"tavily.api_key": "entered"'))).toBe(true);
    for (const text of [saved.body, shown.body, ...rows.map((row) => row.text)])
      expect(text).not.toContain(goodKey);
    expect(
      (await configure({ enabled: true, providers: [provider('tavily', { api_key: undefined })] }))
        .statusCode,
    ).toBe(200);
    expect((await search()).json()).toMatchObject({ provider: 'tavily' });
  });

  it('S40: sends a stored key to no other server', async () => {
    await configure({ enabled: true, providers: [provider('tavily')] });
    const moved = provider('tavily', { base_url: 'https://elsewhere.example', api_key: undefined });
    const refused = (await configure({ enabled: true, providers: [moved] })).json();
    expect(refused).toMatchObject({ status: 422, code: 'web_search.key_for_other_server' });
    expect(refused.errors[0].field).toBe('providers.0.api_key');
  });

  it('S34: refuses local addresses unless they are allowed explicitly, and metadata addresses always', async () => {
    const forbidden = provider('searxng', { allow_local: false });
    const refused = (await configure({ enabled: true, providers: [forbidden] })).json();
    expect(refused).toMatchObject({ status: 422, code: 'web_search.address_unusable' });
    expect(refused.detail).toContain('Allow local addresses');
    for (const base_url of ['http://169.254.169.254', 'file:///etc/passwd', 'https://user:word@a.example'])
      expect(
        (await configure({ enabled: true, providers: [provider('searxng', { base_url })] })).statusCode,
      ).toBe(422);
  });

  it('refuses a provider without the key it needs, one named twice, and a change of what somebody else changed', async () => {
    const keyless = provider('brave', { api_key: null });
    expect((await configure({ enabled: true, providers: [keyless] })).json().code).toBe(
      'web_search.key_needed',
    );
    const twice = await configure({ enabled: true, providers: [provider('brave'), provider('brave')] });
    expect(twice.json().code).toBe('web_search.provider_twice');
    const headers = { 'if-match': '"0"' };
    const json = { enabled: false, providers: [] };
    expect((await admin.request('PUT', settingsUrl, { json, headers })).statusCode).toBe(412);
  });

  it('asks the next provider when one cannot answer', async () => {
    await configure({
      enabled: true,
      providers: [
        provider('brave', { api_key: 'outdated-key' }),
        provider('serpapi', { enabled: false }),
        provider('tavily'),
      ],
    });
    expect((await search()).json()).toMatchObject({ provider: 'tavily' });
    expect(peer.requests.map(({ path }) => path)).toEqual(['/brave/res/v1/web/search', '/tavily/search']);
  });

  it('says in words what was wrong when no provider can answer', async () => {
    await configure({
      enabled: true,
      providers: [
        provider('brave', { api_key: 'outdated-key' }),
        provider('searxng', { base_url: 'http://127.0.0.1:9' }),
      ],
    });
    const failed = (await search()).json();
    expect(failed).toMatchObject({ status: 502, code: 'web_search.bad_key' });
    expect(failed.detail).toContain('Brave Search did not accept the API key');
    expect(failed.detail).toContain('SearXNG could not be reached');
  });

  it('limits how often a person and how often everybody searches', async () => {
    await configure({ enabled: true, searches_per_person: 1, providers: [provider('searxng')] });
    const second = await signedIn(app, 'eager@example.org');
    const ask = (query: string) => second.browser.request('POST', searchUrl, { json: { query } });
    expect((await ask('one')).statusCode).toBe(200);
    const refused = await ask('two');
    expect(refused.json()).toMatchObject({ status: 429, code: 'web_search.too_many' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask('one')).json()).toMatchObject({ cached: true });
    const { browser: other } = await signedIn(app, 'calm@example.org');
    expect((await other.request('POST', searchUrl, { json: { query: 'three' } })).statusCode).toBe(200);
    await configure({
      enabled: true,
      searches_per_person: 1_000,
      providers: [provider('searxng', { searches_per_hour: 1 }), provider('tavily')],
    });
    expect((await search()).json()).toMatchObject({ provider: 'tavily' });
  });

  it('lets administrators try a provider, also one that is switched off', async () => {
    await configure({ enabled: false, providers: [provider('searxng', { enabled: false })] });
    const attempt = (kind: string) => admin.request('POST', `${settingsUrl}/test`, { json: { kind } });
    expect((await attempt('searxng')).json()).toEqual({
      ok: true,
      code: null,
      detail: 'SearXNG answered with 1 result.',
    });
    peer.answer(json(403, {}));
    expect((await attempt('searxng')).json()).toMatchObject({ ok: false, code: 'web_search.refused' });
    expect((await attempt('brave')).statusCode).toBe(404);
  });
});
