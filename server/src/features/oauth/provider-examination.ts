import type { Configuration } from 'openid-client';
import { ProblemError, type ProblemParameters } from '../../platform/errors.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { ProviderTest } from './oauth.schemas.ts';
import { type OpenidConnections, type ProviderConnection, providerFetch } from './openid-connection.ts';
import { explainFailure, type ProviderFailure } from './provider-failure.ts';

export type ProviderExamination = ProviderTest['checks'][number];

export interface ExaminationOptions {
  door: OutboundDoor;
  connections: OpenidConnections;
  now: () => number;
}

/** ID tokens of a provider whose clock is further off are refused as not yet or no longer valid. */
const maxClockDifferenceMs = 30_000;

const advice: Record<ProviderFailure['kind'], string> = {
  denied: '',
  unreachable: 'Check the issuer, and that this server may reach it.',
  refused: 'Check client id and client secret.',
  not_openid: 'There is no OpenID Connect metadata at this issuer. Is the path complete?',
  wrong_issuer:
    'The provider calls itself by another name. Copy the issuer letter for letter from its metadata.',
  not_encrypted: 'Every address of a provider must begin with https://.',
  clock: 'Set the clocks of this server and of the provider.',
  invalid: 'The metadata of the provider cannot be used.',
};

/** Looks at a provider step by step: discovery, keys, features, clock. Ends with the first step that fails. */
export async function examineProvider(
  options: ExaminationOptions,
  provider: ProviderConnection,
): Promise<ProviderExamination[]> {
  let connection: Configuration;
  try {
    connection = await options.connections.reconnect(provider);
  } catch (error) {
    return [failed('discovery', error)];
  }
  const metadata = connection.serverMetadata();
  const discovered = passed('discovery', `The provider answers as ${metadata.issuer}.`, {
    issuer: metadata.issuer,
  });
  const fetchKeys = providerFetch(options, provider.allowLocal);
  const checks = [discovered, examineProofKey(connection)];
  try {
    const response = await fetchKeys(String(metadata.jwks_uri), {
      method: 'GET',
      headers: { accept: 'application/json' },
      body: null,
      redirect: 'manual',
    });
    const date = response.headers.get('date');
    checks.push(examineKeys(response.status, await response.text()), examineClock(date, options.now()));
  } catch (error) {
    checks.push(failed('keys', error));
  }
  return checks;
}

function passed(name: string, detail: string, params?: ProblemParameters): ProviderExamination {
  return { name, state: 'ok', code: 'ok', detail, ...(params ? { params } : {}) };
}

function failed(name: string, error: unknown): ProviderExamination {
  const failure = explainFailure(error);
  if (!failure) throw error;
  const { kind, refusal } = failure;
  const own = error instanceof ProblemError && error.code.startsWith('oauth.');
  const detail = own ? failure.detail : `${failure.detail} ${advice[kind]}`.trim();
  const code = kind === 'unreachable' ? failure.code : kind;
  const found = { name, state: 'failed', code, detail } as const;
  return refusal ? { ...found, refusal } : { ...found, params: { said: failure.detail } };
}

function examineProofKey(connection: Configuration): ProviderExamination {
  const metadata = connection.serverMetadata();
  if (metadata.supportsPKCE('S256'))
    return passed('pkce', 'The provider says that it demands the proof key.');
  return {
    name: 'pkce',
    state: 'warning',
    code: 'not_announced',
    detail: 'The provider does not say that it checks the proof key (PKCE S256). It is sent nevertheless.',
  };
}

function examineKeys(status: number, text: string): ProviderExamination {
  const count = status === 200 ? countKeys(text) : 0;
  if (count > 0)
    return passed('keys', `The provider publishes ${count === 1 ? 'a key' : `${count} keys`}.`, { count });
  const detail = `The provider publishes no keys (status ${status}), so none of its tokens can be verified.`;
  return { name: 'keys', state: 'failed', code: 'no_keys', detail, params: { status } };
}

function countKeys(text: string): number {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    return Array.isArray(keys) ? keys.length : 0;
  } catch {
    // No JSON is no keys: the check says so.
    return 0;
  }
}

function examineClock(date: string | null, nowMs: number): ProviderExamination {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs))
    return { name: 'clock', state: 'warning', code: 'unknown', detail: 'The provider tells no time.' };
  const difference = Math.abs(theirs - nowMs);
  if (difference <= maxClockDifferenceMs) return passed('clock', 'Both clocks agree.');
  const seconds = Math.round(difference / 1000);
  const detail = `The clocks of the provider and of this server differ by ${seconds} seconds. ${advice.clock}`;
  return { name: 'clock', state: 'failed', code: 'clock', detail, params: { seconds } };
}
