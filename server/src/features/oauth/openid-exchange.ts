import type { Configuration, IDToken, UserInfoResponse } from 'openid-client';
import { storable } from '../audit/index.ts';
import { InvalidAnswer, NotReauthenticated } from './oauth.errors.ts';
import { loadOpenidLibrary } from './openid-library.ts';

/** Who signed in at the provider, by tokens that were verified. */
export interface ProviderProfile {
  issuer: string;
  subject: string;
  email: string | undefined;
  /** What the provider says of the address; `undefined` where it says nothing. */
  emailVerified: boolean | undefined;
  name: string | undefined;
  /** Google's word that the address belongs to an organisation of this domain. */
  hostedDomain: string | undefined;
}

/** Secrets of one exchange: kept here, never sent through the browser. */
export interface ExchangeSecrets {
  verifier: string;
  nonce: string;
}

export async function createExchangeSecrets(): Promise<ExchangeSecrets> {
  const { randomNonce, randomPKCECodeVerifier } = await loadOpenidLibrary();
  return { verifier: randomPKCECodeVerifier(), nonce: randomNonce() };
}

/** The address at the provider: authorization code flow with PKCE S256, state and nonce (RFC 9700 §2.1). */
export async function authorizationUrl(
  connection: Configuration,
  request: {
    redirectUri: string;
    scopes: string[];
    state: string;
    secrets: ExchangeSecrets;
    /** The provider must ask who it is, whoever is signed in there. */
    askAgain: boolean;
  },
): Promise<string> {
  const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await loadOpenidLibrary();
  const url = buildAuthorizationUrl(connection, {
    redirect_uri: request.redirectUri,
    scope: request.scopes.join(' '),
    state: request.state,
    nonce: request.secrets.nonce,
    code_challenge: await calculatePKCECodeChallenge(request.secrets.verifier),
    code_challenge_method: 'S256',
    ...(request.askAgain ? { prompt: 'login', max_age: '0' } : {}),
  });
  return url.href;
}

export interface Exchange {
  /** Of the callback, as they came. */
  parameters: URLSearchParams;
  redirectUri: string;
  state: string;
  secrets: ExchangeSecrets;
  /** Seconds since 1970; the person must have signed in at the provider after it. */
  askedAgainAt: number | undefined;
  now: () => number;
}

/** Clocks of providers may differ from ours by this much. */
const clockToleranceSeconds = 60;
/** An ID token is fetched the moment it is made. */
const maxTokenAgeSeconds = 600;

/**
 * Exchanges the code of a callback for the person's profile. The library checks `iss` (RFC 9207), state, signature,
 * algorithm, issuer, audience, authorised party, expiry and nonce (OpenID Connect Core §3.1.3.7). Tokens are dropped
 * when this returns. Throws what `explainFailure` reads, `oauth.invalid_answer`, `oauth.not_reauthenticated`.
 */
export async function exchangeCode(connection: Configuration, exchange: Exchange): Promise<ProviderProfile> {
  const { parameters, redirectUri, state, secrets } = exchange;
  const { authorizationCodeGrant, fetchUserInfo } = await loadOpenidLibrary();
  const tokens = await authorizationCodeGrant(
    connection,
    new URL(`${redirectUri}?${parameters.toString()}`),
    { expectedState: state, expectedNonce: secrets.nonce, pkceCodeVerifier: secrets.verifier },
  );
  const claims = tokens.claims();
  if (!claims) throw InvalidAnswer.with();
  checkTimes(claims, exchange);
  const hasUserInfo = connection.serverMetadata().userinfo_endpoint !== undefined;
  // The library refuses userinfo about another subject (OpenID Connect Core §5.3.2).
  const info =
    textOf(claims.email) === undefined && hasUserInfo
      ? await fetchUserInfo(connection, tokens.access_token, claims.sub)
      : undefined;
  return toProfile(claims, info);
}

function checkTimes(claims: IDToken, exchange: Exchange): void {
  const now = exchange.now() / 1000;
  if (claims.iat > now + clockToleranceSeconds || claims.iat < now - maxTokenAgeSeconds)
    throw InvalidAnswer.with({ detail: 'The ID token was not issued just now. Are the clocks right?' });
  if (exchange.askedAgainAt === undefined) return;
  if (claims.auth_time === undefined || claims.auth_time < exchange.askedAgainAt - clockToleranceSeconds)
    throw NotReauthenticated.with();
}

function toProfile(claims: IDToken, info: UserInfoResponse | undefined): ProviderProfile {
  // An address and what is said of it come from the same place.
  const source = info?.email === undefined ? claims : info;
  const verified = source.email_verified;
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email: textOf(source.email),
    // Some providers write booleans as text.
    emailVerified: verified === undefined ? undefined : verified === true || verified === 'true',
    name: textOf(info?.name) ?? textOf(claims.name),
    hostedDomain: textOf(claims.hd),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && storable(value, 320) !== '' ? value : undefined;
}
