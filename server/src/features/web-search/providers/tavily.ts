import { QuotaUsedUp } from '../web-search.errors.ts';
import type { SearchAdapter } from './adapter.ts';
import { recordsOf } from './found-item.ts';

const maxQueryLength = 400;

/** https://docs.tavily.com/documentation/api-reference/endpoint/search */
export const tavily: SearchAdapter = {
  kind: 'tavily',
  name: 'Tavily',
  defaultBaseUrl: 'https://api.tavily.com',
  needsKey: true,
  request({ baseUrl, apiKey }, query) {
    const body = {
      query: query.text.slice(0, maxQueryLength),
      max_results: query.count,
      search_depth: 'basic',
      include_answer: false,
      include_raw_content: false,
      ...(query.freshness ? { time_range: query.freshness } : {}),
    };
    return {
      url: new URL(`${baseUrl}/search`),
      init: {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          authorization: `Bearer ${apiKey?.reveal() ?? ''}`,
        },
        body: JSON.stringify(body),
      },
    };
  },
  read: (answer) =>
    recordsOf(answer.results)?.map(({ title, url, content, published_date }) => ({
      title,
      url,
      snippet: content,
      publishedAt: published_date,
    })),
  // 432: the plan's limit; 433: the limit set for paying as one goes.
  explain: (status) => (status === 432 || status === 433 ? { definition: QuotaUsedUp } : undefined),
};
