import { BadKey, QuotaUsedUp } from '../web-search.errors.ts';
import type { SearchAdapter } from './adapter.ts';
import { isRecord, recordsOf } from './found-item.ts';

const periods = { day: 'pd', week: 'pw', month: 'pm', year: 'py' };
const maxQueryLength = 400;
const maxQueryWords = 50;
const maxCount = 20;

/** https://api-dashboard.search.brave.com/app/documentation/web-search */
export const brave: SearchAdapter = {
  kind: 'brave',
  name: 'Brave Search',
  defaultBaseUrl: 'https://api.search.brave.com',
  needsKey: true,
  request({ baseUrl, apiKey }, query) {
    const url = new URL(`${baseUrl}/res/v1/web/search`);
    const words = query.text.split(' ').slice(0, maxQueryWords).join(' ');
    const parameters = {
      q: words.slice(0, maxQueryLength),
      count: String(Math.min(query.count, maxCount)),
      safesearch: query.safe ? 'strict' : 'off',
      text_decorations: 'false',
      ...(query.language ? { search_lang: query.language.split('-', 1)[0]?.toLowerCase() ?? '' } : {}),
      ...(query.freshness ? { freshness: periods[query.freshness] } : {}),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const headers = { accept: 'application/json', 'x-subscription-token': apiKey?.reveal() ?? '' };
    return { url, init: { headers } };
  },
  read(answer) {
    // Without results there is no `web` at all.
    if (answer.type !== 'search') return undefined;
    if (answer.web === undefined || answer.web === null) return [];
    return recordsOf(isRecord(answer.web) ? answer.web.results : undefined)?.map(
      ({ title, url, description, page_age }) => ({
        title,
        url,
        snippet: description,
        publishedAt: page_age,
      }),
    );
  },
  explain(status, { error }) {
    const code = isRecord(error) ? error.code : undefined;
    if (status === 422 && code === 'SUBSCRIPTION_TOKEN_INVALID') return { definition: BadKey };
    if (status === 429 && code === 'QUOTA_LIMITED') return { definition: QuotaUsedUp };
    return undefined;
  },
};
