import { ProviderRefused, QuotaUsedUp } from '../web-search.errors.ts';
import type { SearchAdapter } from './adapter.ts';
import { isRecord, recordsOf } from './found-item.ts';

const periods = { day: 'qdr:d', week: 'qdr:w', month: 'qdr:m', year: 'qdr:y' };

/** https://serpapi.com/search-api and https://serpapi.com/api-status-and-error-codes */
export const serpapi: SearchAdapter = {
  kind: 'serpapi',
  name: 'SerpApi',
  defaultBaseUrl: 'https://serpapi.com',
  needsKey: true,
  request({ baseUrl, apiKey }, query) {
    const url = new URL(`${baseUrl}/search.json`);
    const parameters = {
      engine: 'google',
      q: query.text,
      num: String(query.count),
      safe: query.safe ? 'active' : 'off',
      ...(query.language ? { hl: query.language.split('-', 1)[0] ?? '' } : {}),
      ...(query.freshness ? { tbs: periods[query.freshness] } : {}),
      api_key: apiKey?.reveal() ?? '',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { url, init: { headers: { accept: 'application/json' } } };
  },
  read(answer) {
    const state = isRecord(answer.search_metadata) ? answer.search_metadata.status : undefined;
    if (state === 'Error') return { definition: ProviderRefused };
    // "No results" comes as an error text beside a successful state, without the list.
    if (answer.organic_results === undefined && state === 'Success') return [];
    return recordsOf(answer.organic_results)?.map(({ title, link, snippet, date }) => ({
      title,
      url: link,
      snippet,
      publishedAt: date,
    }));
  },
  // 429 stands for too many at once as well as for none left: only the text tells them apart.
  explain: (status, { error }) =>
    status === 429 && typeof error === 'string' && /run out/i.test(error)
      ? { definition: QuotaUsedUp }
      : undefined,
};
