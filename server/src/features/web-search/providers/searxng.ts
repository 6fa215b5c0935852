import { ProviderRefused, ProviderUnreachable } from '../web-search.errors.ts';
import type { SearchAdapter } from './adapter.ts';
import { recordsOf } from './found-item.ts';

/** https://docs.searxng.org/dev/search_api.html */
export const searxng: SearchAdapter = {
  kind: 'searxng',
  name: 'SearXNG',
  defaultBaseUrl: null,
  needsKey: false,
  request({ baseUrl, apiKey }, query) {
    const url = new URL(`${baseUrl}/search`);
    const parameters = {
      q: query.text,
      format: 'json',
      safesearch: query.safe ? '2' : '0',
      ...(query.language ? { language: query.language } : {}),
      ...(query.freshness ? { time_range: query.freshness } : {}),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    // SearXNG itself has no keys; a proxy in front of it may want one.
    const proof = apiKey ? { authorization: `Bearer ${apiKey.reveal()}` } : {};
    return { url, init: { headers: { accept: 'application/json', ...proof } } };
  },
  read(answer) {
    const results = recordsOf(answer.results);
    const silent = Array.isArray(answer.unresponsive_engines) ? answer.unresponsive_engines.length : 0;
    if (results?.length === 0 && silent > 0)
      return {
        definition: ProviderUnreachable,
        detail: 'None of the search engines behind SearXNG answered.',
      };
    return results?.map(({ title, url, content, publishedDate }) => ({
      title,
      url,
      snippet: content,
      publishedAt: publishedDate,
    }));
  },
  explain: (status) =>
    status === 403
      ? {
          definition: ProviderRefused,
          detail: 'SearXNG refuses to answer as JSON. Add "json" to search.formats in its settings.yml.',
        }
      : undefined,
};
