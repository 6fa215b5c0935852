import { ProblemError } from '../../platform/errors.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { ProviderConnection, Refusal, SearchAdapter, SearchQuery } from './providers/adapter.ts';
import { adapters } from './providers/adapters.ts';
import { type FoundItem, isRecord, toResult } from './providers/found-item.ts';
import {
  BadAnswer,
  BadKey,
  ProviderBusy,
  ProviderRefused,
  ProviderUnreachable,
  QuotaUsedUp,
} from './web-search.errors.ts';
import type { SearchResult } from './web-search.schemas.ts';

const timeoutMs = 8_000;
const maxAnswerBytes = 2 * 1024 * 1024;

/**
 * Asks one provider. Throws `web_search.bad_key`, `…quota_used_up`, `…provider_busy`, `…unreachable`, `…refused`,
 * `…bad_answer`; never with words of the provider, which may repeat the key (S40). An abort throws the signal's reason.
 */
export async function askProvider(
  door: OutboundDoor,
  connection: ProviderConnection,
  query: SearchQuery,
  signal: AbortSignal,
): Promise<SearchResult[]> {
  const adapter = adapters[connection.kind];
  const { url, init } = adapter.request(connection, query);
  const policy = { allowLocal: connection.allowLocal, timeoutMs, maxBytes: maxAnswerBytes };
  let status: number;
  let body: string;
  try {
    const response = await door.fetch(url, { ...init, signal }, policy);
    status = response.status;
    body = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(adapter, error);
  }
  const answer = parse(body);
  if (status !== 200) throw refusal(adapter, status, answer ?? {});
  const found = answer && adapter.read(answer);
  if (!found)
    throw BadAnswer.with({
      detail: `${adapter.name} answered something that is no list of results.`,
      reason: 'named',
      params: { name: adapter.name },
    });
  if (!Array.isArray(found)) throw problemOf(adapter, found);
  return toResults(found, connection, query.count);
}

function toResults(found: FoundItem[], { kind }: ProviderConnection, count: number): SearchResult[] {
  const results = new Map<string, SearchResult>();
  for (const item of found) {
    const result = toResult(item, kind, Date.now());
    if (result && !results.has(result.url)) results.set(result.url, result);
  }
  return [...results.values()].slice(0, count);
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    return isRecord(answer) ? answer : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function unreachable(adapter: SearchAdapter, error: unknown): unknown {
  if (!(error instanceof ProblemError)) return error;
  return ProviderUnreachable.with({
    detail: `${adapter.name} could not be reached. ${error.detail}`,
    cause: error,
  });
}

const usual: Record<number, Refusal> = {
  401: { definition: BadKey },
  403: { definition: BadKey },
  402: { definition: QuotaUsedUp },
  429: { definition: ProviderBusy },
};

function refusal(adapter: SearchAdapter, status: number, answer: Record<string, unknown>): ProblemError {
  const other = status >= 500 ? ProviderUnreachable : ProviderRefused;
  return problemOf(adapter, adapter.explain?.(status, answer) ?? usual[status] ?? { definition: other });
}

const sentences: Record<string, (name: string) => string> = {
  [BadKey.code]: (name) => `${name} did not accept the API key. An administrator has to enter a valid one.`,
  [QuotaUsedUp.code]: (name) => `The searches that were paid for at ${name} are used up.`,
  [ProviderBusy.code]: (name) => `${name} takes no more searches at the moment. Try again in a minute.`,
  [ProviderUnreachable.code]: (name) => `${name} has a problem of its own at the moment.`,
  [ProviderRefused.code]: (name) => `${name} refused this search.`,
};

function problemOf(adapter: SearchAdapter, { definition, detail }: Refusal): ProblemError {
  return definition.with({
    detail: detail ?? sentences[definition.code]?.(adapter.name) ?? definition.detail,
  });
}
