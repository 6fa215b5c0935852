import type { Secret } from '../../../platform/crypto/secret.ts';
import type { ErrorDefinition } from '../../../platform/errors.ts';
import type { OutboundRequest } from '../../../platform/outbound-http/index.ts';
import type { Freshness, ProviderKind } from '../web-search.schemas.ts';
import type { FoundItem } from './found-item.ts';

export interface SearchQuery {
  text: string;
  count: number;
  /** Such as `de` or `en-GB`; null where it does not matter. */
  language: string | null;
  freshness: Freshness | null;
  safe: boolean;
}

/** A provider as it is configured, with its key opened. */
export interface ProviderConnection {
  kind: ProviderKind;
  baseUrl: string;
  allowLocal: boolean;
  apiKey: Secret | null;
  searchesPerHour: number;
}

/** Why a provider gave no results: which of our errors that is, and a sentence where ours is not exact enough. */
export interface Refusal {
  definition: ErrorDefinition;
  detail?: string;
}

/** One provider's way to ask and to answer. Knows nothing of time-outs, limits or addresses that are not allowed. */
export interface SearchAdapter {
  kind: ProviderKind;
  name: string;
  /** Where the provider is; null where that is for the administrator to say. */
  defaultBaseUrl: string | null;
  needsKey: boolean;
  request(connection: ProviderConnection, query: SearchQuery): { url: URL; init: OutboundRequest };
  /** The results in an answer with status 200; `undefined` when it is nothing that this provider answers. */
  read(answer: Record<string, unknown>): FoundItem[] | Refusal | undefined;
  /** What an answer with another status means, where that differs from the usual. */
  explain?(status: number, answer: Record<string, unknown>): Refusal | undefined;
}
