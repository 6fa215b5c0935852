import { createBoundedCache } from '../../platform/bounded-cache.ts';
import type { Database } from '../../platform/database/database.ts';
import { ProblemError } from '../../platform/errors.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { askProvider } from './ask-provider.ts';
import type { OpenProvider } from './provider-keys.ts';
import type { ProviderConnection, SearchQuery } from './providers/adapter.ts';
import { adapters } from './providers/adapters.ts';
import type { SearchLimits } from './search-limits.ts';
import { NoProviderReady, ProviderBusy, TooManySearches, WebSearchDisabled } from './web-search.errors.ts';
import { findSettings, listProviders, type SettingsRow } from './web-search.queries.ts';
import type { SearchAnswer, SearchBody } from './web-search.schemas.ts';

const cacheMs = 5 * 60_000;
const maxCached = 500;
const defaultCount = 5;
const maxQueryLength = 400;

export interface SearchServiceOptions {
  db: Database;
  door: OutboundDoor;
  log: Logger;
  limits: SearchLimits;
  openProvider: OpenProvider;
}

export interface SearchService {
  isEnabled(): Promise<boolean>;
  /**
   * Asks the providers in their order until one answers; an answer is kept for five minutes. Throws
   * `web_search.disabled`, `web_search.no_provider`, `web_search.too_many`, and what the first provider failed with.
   */
  search(person: { userId: string }, request: SearchBody, signal: AbortSignal): Promise<SearchAnswer>;
}

type KeptAnswer = Omit<SearchAnswer, 'cached'>;

/** Searching the web for people, within what administrators allow. */
export function createSearchService(options: SearchServiceOptions): SearchService {
  const { db, limits } = options;
  const cache = createBoundedCache<KeptAnswer>(maxCached, { ttl: cacheMs });
  return {
    isEnabled: async () => (await findSettings(db)).enabled,
    async search({ userId }, request, signal) {
      const settings = await findSettings(db);
      if (!settings.enabled) throw WebSearchDisabled.with();
      const query = toQuery(request, settings);
      const key = JSON.stringify([settings.version, query]);
      const kept = cache.get(key);
      if (kept) return { ...kept, cached: true };
      const waitSeconds = limits.take(`person ${userId}`, settings.searches_per_person);
      if (waitSeconds !== undefined)
        throw TooManySearches.with({
          reason: 'wait',
          params: { retry_seconds: waitSeconds },
          retryAfterSeconds: waitSeconds,
        });
      const answer = await askInTurn(options, query, signal);
      cache.set(key, answer);
      return { ...answer, cached: false };
    },
  };
}

function toQuery(request: SearchBody, { safe }: Pick<SettingsRow, 'safe'>): SearchQuery {
  const text = request.query
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return {
    text: text.length <= maxQueryLength ? text : text.slice(0, maxQueryLength).replace(/ \S*$/, ''),
    count: request.count ?? defaultCount,
    language: request.language ?? null,
    freshness: request.freshness ?? null,
    safe,
  };
}

async function askInTurn(
  options: SearchServiceOptions,
  query: SearchQuery,
  signal: AbortSignal,
): Promise<KeptAnswer> {
  const failures: ProblemError[] = [];
  for (const row of await listProviders(options.db)) {
    if (!row.enabled) continue;
    try {
      const results = await askWithinLimit(options, options.openProvider(row), query, signal);
      return { results, provider: row.kind };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      options.log.warn({ provider: row.kind, code: error.code }, 'a search provider gave no results');
      failures.push(error);
    }
  }
  throw failureOf(failures);
}

async function askWithinLimit(
  { door, limits }: SearchServiceOptions,
  connection: ProviderConnection,
  query: SearchQuery,
  signal: AbortSignal,
) {
  const waitSeconds = limits.take(`provider ${connection.kind}`, connection.searchesPerHour);
  if (waitSeconds !== undefined)
    throw ProviderBusy.with({
      detail: `${adapters[connection.kind].name} is not asked more often than allowed here.`,
      reason: 'paced',
      params: { name: adapters[connection.kind].name, retry_seconds: waitSeconds },
      retryAfterSeconds: waitSeconds,
    });
  return askProvider(door, connection, query, signal);
}

/** The first provider's problem, with what the others said. */
function failureOf([first, ...others]: ProblemError[]): ProblemError {
  if (!first) return NoProviderReady.with();
  if (others.length === 0) return first;
  const detail = [first, ...others].map((problem) => problem.detail).join(' ');
  return first.definition.with({ detail, cause: first });
}
