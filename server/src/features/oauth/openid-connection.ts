import { LRUCache } from 'lru-cache';
import type { ClientAuth, Configuration, CustomFetch, ServerMetadata } from 'openid-client';
import type { Secret } from '../../platform/crypto/secret.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import { mayBePlain } from './issuer.ts';
import { InvalidAnswer, ProviderFailed } from './oauth.errors.ts';
import { loadOpenidLibrary } from './openid-library.ts';

/** A provider with its secret opened. */
export interface ProviderConnection {
  id: string;
  issuer: string;
  clientId: string;
  clientSecret: Secret | undefined;
  allowLocal: boolean;
  /** Differs whenever the settings of the provider do. */
  revision: string;
}

export interface OpenidConnections {
  /** The provider's metadata, from memory or by discovery. Throws what `explainFailure` reads. */
  connect(provider: ProviderConnection): Promise<Configuration>;
  /** By discovery now, whatever is remembered. */
  reconnect(provider: ProviderConnection): Promise<Configuration>;
}

/** Asymmetric ones only: a key that verifies must not be able to sign, and `none` signs nothing (RFC 8725 §3.1). */
export const acceptedAlgorithms: readonly string[] = ['RS256', 'ES256', 'PS256', 'EdDSA', 'Ed25519'];

/** One request to a provider: discovery, keys, token, userinfo. */
const defaultTimeoutMs = 8_000;
const maxAnswerBytes = 512 * 1024;
const rememberMs = 600_000;
/** A provider that is down is not asked again for every person who tries. */
const rememberFailureMs = 5_000;
const maxRemembered = 100;

/** Metadata of providers, found by discovery through the outbound door and remembered for ten minutes. */
export function createOpenidConnections(options: {
  door: OutboundDoor;
  now: () => number;
  /** Milliseconds for one request; 8 s by default. */
  requestTimeoutMs?: number;
}): OpenidConnections {
  const { now } = options;
  const remembered = new LRUCache<string, Promise<Configuration>>({
    max: maxRemembered,
    perf: { now },
    ttlResolution: 0,
  });
  const discover = (provider: ProviderConnection): Promise<Configuration> => {
    const key = `${provider.id} ${provider.revision}`;
    const work = connectNow(providerFetch(options, provider.allowLocal), provider);
    remembered.set(key, work, { ttl: rememberMs });
    work.catch(() => {
      if (remembered.peek(key) === work) remembered.set(key, work, { ttl: rememberFailureMs });
    });
    return work;
  };
  return {
    connect: (provider) => remembered.get(`${provider.id} ${provider.revision}`) ?? discover(provider),
    reconnect: discover,
  };
}

async function connectNow(
  fetchThroughDoor: CustomFetch,
  provider: ProviderConnection,
): Promise<Configuration> {
  const library = await loadOpenidLibrary();
  const { allowInsecureRequests } = library;
  const found = await library.discovery(
    new URL(provider.issuer),
    provider.clientId,
    undefined,
    library.None(),
    {
      [library.customFetch]: fetchThroughDoor,
      ...(provider.allowLocal ? { execute: [allowInsecureRequests] } : {}),
    },
  );
  const metadata = acceptable(found.serverMetadata(), provider);
  const connection = new library.Configuration(
    metadata,
    provider.clientId,
    undefined,
    clientAuthentication(library, metadata, provider.clientSecret),
  );
  connection[library.customFetch] = fetchThroughDoor;
  if (provider.allowLocal) allowInsecureRequests(connection);
  // Tokens come over TLS from the provider itself, and are verified nevertheless: TLS ends at proxies, keys do not.
  library.enableNonRepudiationChecks(connection);
  return connection;
}

/** Every request to a provider leaves by the one door (S34), bounded in time and size, and is never redirected. */
export function providerFetch(
  { door, requestTimeoutMs = defaultTimeoutMs }: { door: OutboundDoor; requestTimeoutMs?: number },
  allowLocal: boolean,
): CustomFetch {
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address);
    if (url.protocol !== 'https:' && !(allowLocal && mayBePlain(url)))
      throw ProviderFailed.with({
        detail: `${url.origin} is not encrypted: the provider must use https.`,
        reason: 'not_encrypted',
        params: { origin: url.origin },
      });
    return door.fetch(
      url,
      { method, headers, body: toText(body), signal: signal ?? null },
      { allowLocal, timeoutMs: requestTimeoutMs, maxBytes: maxAnswerBytes },
    );
  };
}

function toText(body: Parameters<CustomFetch>[1]['body']): string | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string' || body instanceof URLSearchParams) return body.toString();
  throw new Error('A request to a provider has a body of an unexpected kind.');
}

/** The metadata with nothing in it that we would not accept. */
function acceptable(metadata: ServerMetadata, provider: ProviderConnection): ServerMetadata {
  // The library lets templates of some providers pass, with which tokens of any tenant would be as good.
  if (withoutSlash(metadata.issuer) !== withoutSlash(provider.issuer))
    throw InvalidAnswer.with({
      detail: `The provider calls itself another issuer than ${provider.issuer}.`,
      reason: 'other_issuer',
      params: { issuer: provider.issuer },
    });
  const offered = stringsOf(metadata.id_token_signing_alg_values_supported) ?? ['RS256'];
  const accepted = offered.filter((algorithm) => acceptedAlgorithms.includes(algorithm));
  if (accepted.length === 0) throw otherAlgorithms(offered.join(', '));
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const)
    requireEncrypted(name, metadata[name], provider.allowLocal);
  return {
    ...metadata,
    id_token_signing_alg_values_supported: accepted,
    userinfo_signing_alg_values_supported: accepted,
  };
}

function otherAlgorithms(offered: string): Error {
  const needed = acceptedAlgorithms.join(', ');
  return InvalidAnswer.with({
    detail: `The provider signs by ${offered || 'nothing'}; one of ${needed} is needed.`,
    reason: offered === '' ? 'no_algorithms' : 'algorithms',
    params: { needed, ...(offered === '' ? {} : { offered }) },
  });
}

function requireEncrypted(name: string, address: unknown, allowLocal: boolean): void {
  if (typeof address !== 'string' || !URL.canParse(address))
    throw InvalidAnswer.with({
      detail: `The metadata of the provider has no ${name}.`,
      reason: 'without_address',
      params: { name },
    });
  const url = new URL(address);
  if (url.protocol === 'https:' || (allowLocal && mayBePlain(url))) return;
  throw InvalidAnswer.with({
    detail: `The ${name} of the provider must begin with https://.`,
    reason: 'not_encrypted',
    params: { name },
  });
}

function stringsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

/** What the provider accepts; HTTP Basic where it does not say (OpenID Connect Discovery 1.0 §3). */
function clientAuthentication(
  library: Awaited<ReturnType<typeof loadOpenidLibrary>>,
  metadata: ServerMetadata,
  secret: Secret | undefined,
): ClientAuth {
  if (secret === undefined) return library.None();
  const offered = stringsOf(metadata.token_endpoint_auth_methods_supported) ?? ['client_secret_basic'];
  return offered.includes('client_secret_basic')
    ? library.ClientSecretBasic(secret.reveal())
    : library.ClientSecretPost(secret.reveal());
}
