import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PeerRequest {
  method: string;
  path: string;
  parameters: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

type Answer = (request: PeerRequest, response: ServerResponse) => void;

/** The key that the peer accepts, whichever provider it plays. */
export const goodKey = 'tvly-right-key-0123456789';

export interface WebSearchPeer {
  url: string;
  requests: PeerRequest[];
  /** Answers all searches this way until `behave`. */
  answer(how: Answer): void;
  behave(): void;
  /** Serves a page at `/pages/<name>`; answers its address. */
  page(name: string, content: string, type?: string): string;
  close(): Promise<void>;
}

export function json(status: number, body: unknown): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

/** Tavily, SerpApi, Brave Search and SearXNG on one loopback port, in the shapes of their public documentation. */
export async function startWebSearchPeer(): Promise<WebSearchPeer> {
  const requests: PeerRequest[] = [];
  const pages = new Map<string, { content: string; type: string }>();
  let misbehaviour: Answer | undefined;
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const address = new URL(request.url ?? '/', 'http://peer');
      const page = pages.get(address.pathname);
      if (page) return response.writeHead(200, { 'content-type': page.type }).end(page.content);
      const seen = {
        method: request.method ?? '',
        path: address.pathname,
        parameters: address.searchParams,
        headers: request.headers,
        body,
      };
      requests.push(seen);
      return (misbehaviour ?? usualAnswer)(seen, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    answer(how) {
      misbehaviour = how;
    },
    behave() {
      misbehaviour = undefined;
    },
    page(name, content, type = 'text/html; charset=utf-8') {
      pages.set(`/pages/${name}`, { content, type });
      return `${url}/pages/${name}`;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

const usualAnswer: Answer = (request, response) => {
  const answer = providers[`${request.method} ${request.path}`] ?? json(404, { error: 'Not found' });
  answer(request, response);
};

const providers: Record<string, Answer> = {
  'POST /tavily/search': (request, response) => {
    if (request.headers.authorization !== `Bearer ${goodKey}`)
      return json(401, { detail: { error: 'Unauthorized: missing or invalid API key.' } })(request, response);
    return json(200, tavilyAnswer)(request, response);
  },
  'GET /serpapi/search.json': (request, response) => {
    if (request.parameters.get('api_key') !== goodKey)
      return json(401, {
        error: 'Invalid API key. Your API key should be here: https://serpapi.com/manage-api-key',
      })(request, response);
    return json(200, serpapiAnswer)(request, response);
  },
  'GET /brave/res/v1/web/search': (request, response) => {
    if (request.headers['x-subscription-token'] !== goodKey)
      return json(422, {
        type: 'ErrorResponse',
        error: { code: 'SUBSCRIPTION_TOKEN_INVALID', status: 422, detail: 'The provided token is invalid.' },
      })(request, response);
    return json(200, braveAnswer)(request, response);
  },
  'GET /searxng/search': (request, response) => {
    if (request.parameters.get('format') !== 'json') return json(403, {})(request, response);
    return json(200, searxngAnswer)(request, response);
  },
};

export const tavilyAnswer = {
  query: 'bridge over the Kwell',
  follow_up_questions: null,
  answer: null,
  images: [],
  results: [
    {
      url: 'https://bridges.example/kwell',
      title: 'The bridge over the Kwell',
      content: 'Opened in 1932.',
      score: 0.91,
      raw_content: null,
      published_date: 'Tue, 12 Mar 2024 08:30:00 GMT',
    },
    { url: 'https://towns.example/', title: 'The town', content: 'A town on the Kwell.', score: 0.5 },
  ],
  response_time: 1.2,
};

export const serpapiAnswer = {
  search_metadata: { id: '64c148d3', status: 'Success' },
  search_parameters: { engine: 'google', q: 'bridge over the Kwell' },
  organic_results: [
    {
      position: 1,
      title: 'The bridge over the Kwell',
      link: 'https://bridges.example/kwell',
      displayed_link: 'https://bridges.example › kwell',
      snippet: 'Opened in 1932.',
      date: 'Mar 12, 2024',
    },
    { position: 2, title: 'The town', link: 'https://towns.example/', date: '3 days ago' },
  ],
};

export const braveAnswer = {
  type: 'search',
  query: { original: 'bridge over the Kwell', more_results_available: true },
  mixed: { type: 'mixed', main: [{ type: 'web', index: 0, all: false }] },
  web: {
    type: 'search',
    results: [
      {
        title: 'The <strong>bridge</strong> over the Kwell',
        url: 'https://bridges.example/kwell#history',
        description: 'Opened in <strong>1932</strong> by Tom &amp; Anna&#x27;s mayor.',
        page_age: '2024-03-12T08:30:00',
        language: 'en',
      },
    ],
  },
};

export const searxngAnswer = {
  query: 'bridge over the Kwell',
  number_of_results: 0,
  results: [
    {
      url: 'https://bridges.example/kwell',
      title: 'The bridge over the Kwell',
      content: 'Opened in 1932.',
      engine: 'duckduckgo',
      engines: ['duckduckgo', 'brave'],
      score: 4,
      category: 'general',
      publishedDate: null,
    },
  ],
  answers: [],
  corrections: [],
  infoboxes: [],
  suggestions: [],
  unresponsive_engines: [['google', 'timeout']],
};
