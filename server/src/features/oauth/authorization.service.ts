import { randomText } from '../../platform/crypto/random-text.ts';
import { ProblemError, ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { type Account, hasSecondFactor } from '../accounts/index.ts';
import type { ClientFacts } from '../audit/index.ts';
import type { ChallengeStore } from '../challenges/index.ts';
import {
  EnrolmentRequired,
  PasswordChangeRequired,
  type RenewedSession,
  SessionRequired,
  type SessionsService,
  StepUpRequired,
  stepUpSeconds,
} from '../sessions/index.ts';
import {
  type ProvenAttempt,
  type SignInResult,
  type SignInService,
  type Throttle,
  throttleAddress,
} from '../sign-in/index.ts';
import {
  type AdmissionOptions,
  type Arrival,
  admitArrival,
  linkArrival,
  requireOwnIdentity,
} from './admission.ts';
import { findSessionStanding, listIdentities } from './identities.queries.ts';
import {
  Denied,
  InvalidAnswer,
  OtherPerson,
  ProviderFailed,
  StateMismatch,
  StepUpNotOffered,
} from './oauth.errors.ts';
import type { AuthorizeBody } from './oauth.schemas.ts';
import type { OpenidConnections } from './openid-connection.ts';
import {
  authorizationUrl,
  createExchangeSecrets,
  exchangeCode,
  type ProviderProfile,
} from './openid-exchange.ts';
import { type Intent, type PendingAuthorization, readPendingAuthorization } from './pending-authorization.ts';
import { explainFailure, type ProviderFailure } from './provider-failure.ts';
import type { ProviderRow } from './providers.queries.ts';
import type { ProvidersService } from './providers.service.ts';
import { redirectUri } from './redirect-uri.ts';
import { ownPagePath } from './return-path.ts';

/** People sign in, confirm a second factor and agree at the provider in this time. */
export const stateSeconds = 600;
const purpose = 'oauth';
const bindingPattern = /^[\w-]{22}$/;

export interface AuthorizationOptions extends AdmissionOptions {
  log: Logger;
  challenges: ChallengeStore;
  connections: OpenidConnections;
  providers: ProvidersService;
  sessions: SessionsService;
  signIn: Pick<SignInService, 'completeProven'>;
  throttle: Throttle;
  publicUrl: string | undefined;
  now: () => number;
}

export interface AuthorizationRequest {
  providerId: string;
  body: AuthorizeBody;
  actor: Actor | undefined;
  /** `request.host`, for local use without a configured address. */
  host: string;
  /** The state cookie that the browser has already. */
  bindingId: string | undefined;
  client: ClientFacts;
}

/** What the browser brought back from a provider. */
export interface Callback {
  providerId: string;
  parameters: URLSearchParams;
  bindingId: string | undefined;
  actor: Actor | undefined;
  attempt: ProvenAttempt;
}

export interface RecalledAuthorization {
  pending: PendingAuthorization;
  /** Who began it, where somebody was signed in for it. */
  userId: string | undefined;
  state: string;
}

export type FinishedAuthorization =
  | { intent: 'sign_in'; result: SignInResult }
  | { intent: 'link' }
  | { intent: 'step_up'; renewed: RenewedSession };

export type AuthorizationService = ReturnType<typeof createAuthorizationService>;

/** Signing in at a provider and coming back (OpenID Connect, authorization code flow). */
export function createAuthorizationService(options: AuthorizationOptions) {
  return {
    /**
     * Where to send the browser, and what its state cookie must hold. Throws `oauth.provider_not_found`,
     * `oauth.provider_failed`, `oauth.public_url_needed`, `auth.step_up_required`, `auth.throttled`, `validation_failed`.
     */
    begin: (request: AuthorizationRequest) => begin(options, request),

    /** What a callback answers, once only (S32). Throws `oauth.state_mismatch`. */
    recall: (callback: Callback) => recall(options, callback),

    /** Ends it. Throws declared codes only for what a provider or a person may do wrong. */
    finish: (recalled: RecalledAuthorization, callback: Callback) => finish(options, recalled, callback),

    /** Whether the person can confirm who they are by signing in at a provider again. */
    async canReauthenticate(userId: string): Promise<boolean> {
      return (await listIdentities(options.db, userId)).some((identity) => identity.usable);
    },
  };
}

async function begin(
  options: AuthorizationOptions,
  request: AuthorizationRequest,
): Promise<{ url: string; bindingId: string }> {
  const { body, client } = request;
  const next = readNext(body.next);
  const intent: Intent = body.step_up ? 'step_up' : body.link ? 'link' : 'sign_in';
  const userId = intent === 'sign_in' ? undefined : await requirePerson(options, request.actor, intent);
  await options.throttle.reserve([{ budget: 'oauth:address', value: throttleAddress(client.address) }]);
  const provider = await options.providers.getOffered(request.providerId);
  const secrets = await createExchangeSecrets();
  const redirect = redirectUri(options.publicUrl, request.host, provider.id);
  const bindingId = keptOrNew(request.bindingId);
  const { token } = await options.challenges.begin(options.db, {
    purpose,
    userId,
    bindingId,
    lifetimeSeconds: stateSeconds,
    data: {
      intent,
      provider: provider.id,
      issuer: provider.issuer,
      redirect_uri: redirect,
      ...secrets,
      begun_at: options.now(),
      next,
      remember_device: body.remember_device === true,
    } satisfies PendingAuthorization,
  });
  const url = await throughProvider(options, provider, async () =>
    authorizationUrl(await options.connections.connect(options.providers.toConnection(provider)), {
      redirectUri: redirect,
      scopes: provider.scopes,
      state: token,
      secrets,
      askAgain: intent === 'step_up',
    }),
  );
  return { url, bindingId };
}

/** A browser keeps its value over several tabs; each of them has a state of its own. */
function keptOrNew(bindingId: string | undefined): string {
  return bindingId !== undefined && bindingPattern.test(bindingId) ? bindingId : randomText(16);
}

function readNext(text: string | undefined): string | null {
  if (text === undefined) return null;
  const path = ownPagePath(text);
  if (path !== undefined) return path;
  throw ValidationFailed.with({ errors: [{ field: 'next', detail: 'is not a path of a page here' }] });
}

/** Connecting an identity is sensitive (S9); confirming again is what makes it possible. */
async function requirePerson(
  options: AuthorizationOptions,
  actor: Actor | undefined,
  intent: Intent,
): Promise<string> {
  if (actor?.via !== 'cookie') throw SessionRequired.with();
  if (intent === 'step_up') {
    await requireNoSecondFactor(options, actor.userId);
    return actor.userId;
  }
  const standing = await findSessionStanding(options.db, actor, stepUpSeconds);
  if (!standing) throw SessionRequired.with();
  if (standing.restriction !== null)
    throw (standing.restriction === 'change_password' ? PasswordChangeRequired : EnrolmentRequired).with();
  if (!standing.fresh) throw StepUpRequired.with();
  return actor.userId;
}

/** The provider is one factor: who has a second one confirms by that. */
async function requireNoSecondFactor(options: AuthorizationOptions, userId: string): Promise<void> {
  const account = await options.accounts.findActiveUser(userId);
  if (!account || hasSecondFactor(account.secondFactors)) throw StepUpNotOffered.with();
}

async function recall(options: AuthorizationOptions, callback: Callback): Promise<RecalledAuthorization> {
  const states = callback.parameters.getAll('state');
  const [state] = states;
  if (states.length !== 1 || state === undefined || callback.bindingId === undefined)
    throw StateMismatch.with();
  const challenge = await options.challenges.consume(options.db, {
    token: state,
    purpose,
    bindingId: callback.bindingId,
  });
  if (!challenge) throw StateMismatch.with();
  const pending = readPendingAuthorization(challenge.data);
  // Mix-up: the answer to one provider's question came in at another provider's address (RFC 9700 §4.4).
  if (pending.provider !== callback.providerId) throw StateMismatch.with();
  return { pending, userId: challenge.userId, state };
}

async function finish(
  options: AuthorizationOptions,
  recalled: RecalledAuthorization,
  callback: Callback,
): Promise<FinishedAuthorization> {
  const { intent } = recalled.pending;
  const { client } = callback.attempt;
  let account: Account | undefined;
  try {
    const provider = await options.providers.getOffered(recalled.pending.provider);
    if (provider.issuer !== recalled.pending.issuer) throw StateMismatch.with();
    const profile = await fetchProfile(options, provider, recalled, callback.parameters);
    const arrival: Arrival = { provider, profile, client };
    if (intent !== 'sign_in') return await finishForPerson(options, recalled, callback, arrival);
    account = await admitArrival(options, arrival);
  } catch (error) {
    if (error instanceof ProblemError) await recordFailure(options, recalled, callback, error);
    throw error;
  }
  const proven = { account, factors: ['oauth'], attempt: callback.attempt, complete: false };
  return { intent: 'sign_in', result: await options.signIn.completeProven(proven) };
}

function fetchProfile(
  options: AuthorizationOptions,
  provider: ProviderRow,
  { pending, state }: RecalledAuthorization,
  parameters: URLSearchParams,
): Promise<ProviderProfile> {
  return throughProvider(options, provider, async () =>
    exchangeCode(await options.connections.connect(options.providers.toConnection(provider)), {
      parameters,
      redirectUri: pending.redirect_uri,
      state,
      secrets: { verifier: pending.verifier, nonce: pending.nonce },
      askedAgainAt: pending.intent === 'step_up' ? pending.begun_at / 1000 : undefined,
      now: options.now,
    }),
  );
}

/** For somebody who is signed in: nobody else may be by now. */
async function finishForPerson(
  options: AuthorizationOptions,
  { pending, userId }: RecalledAuthorization,
  { actor, attempt }: Callback,
  arrival: Arrival,
): Promise<FinishedAuthorization> {
  if (actor?.via !== 'cookie') throw SessionRequired.with();
  if (actor.userId !== userId) throw OtherPerson.with();
  if (pending.intent === 'link') {
    await linkArrival(options, actor.userId, arrival);
    return { intent: 'link' };
  }
  await requireNoSecondFactor(options, actor.userId);
  await requireOwnIdentity(options, actor.userId, arrival);
  return { intent: 'step_up', renewed: await options.sessions.renew(actor, 'oauth', attempt.client) };
}

const problems: Partial<Record<ProviderFailure['kind'], typeof ProviderFailed>> = {
  denied: Denied,
  wrong_issuer: InvalidAnswer,
  clock: InvalidAnswer,
  invalid: InvalidAnswer,
};

/** Runs an exchange; what goes wrong in it is logged without any token and becomes a declared code. */
async function throughProvider<Result>(
  { log }: AuthorizationOptions,
  provider: ProviderRow,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError && error.code.startsWith('oauth.')) {
      log.warn(
        { provider: provider.id, code: error.code, detail: error.detail },
        'sign-in at a provider failed',
      );
      throw error;
    }
    const failure = explainFailure(error);
    if (!failure) throw error;
    if (failure.kind !== 'denied')
      log.warn({ provider: provider.id, ...failure }, 'sign-in at a provider failed');
    throw (problems[failure.kind] ?? ProviderFailed).with();
  }
}

async function recordFailure(
  { audit, db }: AuthorizationOptions,
  { pending, userId }: RecalledAuthorization,
  { attempt: { client } }: Callback,
  error: ProblemError,
): Promise<void> {
  await audit.record(db, {
    action: pending.intent === 'link' ? 'identity.linked' : pending.intent,
    outcome: 'failure',
    subjectId: userId,
    factor: 'oauth',
    code: error.code,
    details: { provider: pending.provider },
    personal: { address: client.address, userAgent: client.userAgent },
  });
}
