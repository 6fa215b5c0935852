import { defineError, type ErrorDefinition, ProblemError, type ProblemParameters } from '../errors.ts';

const ModelRefused = defineError('models.refused', 502, 'Connection refused');
export const ModelTimeout = defineError('models.timeout', 504, 'The model did not answer in time');
export const ModelNotFound = defineError('models.model_not_found', 422, 'Model not found');
const ModelUnauthorized = defineError('models.unauthorized', 502, 'API key not accepted');
export const ModelRateLimited = defineError('models.rate_limited', 429, 'Too many requests to the provider');
const ModelInterrupted = defineError('models.interrupted', 502, 'The answer broke off');
export const ModelTruncated = defineError('models.truncated', 502, 'The answer is incomplete');
export const ContextExceeded = defineError('models.context_exceeded', 422, 'Too long for this model');
export const ModelBadResponse = defineError('models.bad_response', 502, 'Answer not understood');
const ModelAddressNotAllowed = defineError('models.address_not_allowed', 422, 'Address not allowed');
const ModelUnreachable = defineError('models.unreachable', 502, 'Provider unreachable');
export const ProviderResting = defineError(
  'models.provider_resting',
  503,
  'Provider is resting',
  'This provider has failed several times in a row. It is tried again in a moment.',
);
export const QuotaExceeded = defineError('models.quota_exceeded', 429, 'Quota used up');
export const NoVision = defineError(
  'models.no_vision',
  422,
  'Model sees no pictures',
  'This model cannot look at pictures. Choose one that can.',
);
export const NoEmbeddingModel = defineError(
  'models.no_embedding_model',
  409,
  'No embedding model',
  'No embedding model is assigned. An administrator can choose one in the model settings.',
);
export const NoChatModel = defineError(
  'models.no_chat_model',
  409,
  'No chat model',
  'No chat model is assigned. An administrator can choose one in the model settings.',
);

/** Everything that asking a model may fail with. */
export const modelErrors: ErrorDefinition[] = [
  ModelRefused,
  ModelTimeout,
  ModelNotFound,
  ModelUnauthorized,
  ModelRateLimited,
  ModelInterrupted,
  ModelTruncated,
  ContextExceeded,
  ModelBadResponse,
  ModelAddressNotAllowed,
  ModelUnreachable,
  ProviderResting,
  QuotaExceeded,
  NoVision,
];

const notWorthRetrying = new Set(
  [
    ModelNotFound,
    ModelUnauthorized,
    ContextExceeded,
    ModelAddressNotAllowed,
    NoEmbeddingModel,
    NoChatModel,
    QuotaExceeded,
    NoVision,
  ].map((definition) => definition.code),
);

/** True when asking the same again may succeed without anybody changing anything. */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof ProblemError && error.code.startsWith('models.') && !notWorthRetrying.has(error.code)
  );
}

const serverFaults = new Set(
  [ModelRefused, ModelTimeout, ModelInterrupted, ModelTruncated, ModelBadResponse, ModelUnreachable].map(
    (definition) => definition.code,
  ),
);

/** True when the server itself is in trouble, not the request: several in a row, and it is left alone for a while. */
export function isServerFault(error: unknown): boolean {
  return error instanceof ProblemError && serverFaults.has(error.code);
}

const outboundSentences: Record<
  string,
  { definition: ErrorDefinition; reason: string; sentence: (name: string) => string }
> = {
  'outbound.refused': {
    definition: ModelRefused,
    reason: 'provider',
    sentence: (name) => `${name} refused the connection. Is the server running at its address?`,
  },
  'outbound.timeout': {
    definition: ModelTimeout,
    reason: 'provider',
    sentence: (name) => `${name} did not answer in time.`,
  },
  'outbound.interrupted': {
    definition: ModelInterrupted,
    reason: 'connection',
    sentence: (name) => `The connection to ${name} broke before the answer was complete.`,
  },
  'outbound.unreachable': {
    definition: ModelUnreachable,
    reason: 'provider',
    sentence: (name) => `${name} could not be reached.`,
  },
  'outbound.too_large': {
    definition: ModelBadResponse,
    reason: 'too_large',
    sentence: (name) => `${name} sent more than an answer may hold.`,
  },
  'outbound.bad_response': {
    definition: ModelBadResponse,
    reason: 'not_http',
    sentence: (name) => `${name} sent something that is not a valid answer. Is it a model server?`,
  },
};

/** Turns a problem of the outbound door into one of the model taxonomy, told about the provider by its name. */
export function fromOutboundProblem(problem: ProblemError, providerName: string): ProblemError {
  if (problem.code.startsWith('models.')) return problem;
  if (problem.code === 'outbound.address_not_allowed' || problem.code === 'outbound.invalid_url')
    return ModelAddressNotAllowed.with({
      detail: problem.detail,
      reason: problem.code === 'outbound.invalid_url' ? 'invalid_url' : problem.reason,
      params: { provider: providerName, ...problem.params },
      cause: problem,
    });
  const known = outboundSentences[problem.code];
  if (known)
    return known.definition.with({
      detail: known.sentence(providerName),
      reason: known.reason,
      params: { provider: providerName },
      cause: problem,
    });
  return ModelUnreachable.with({
    detail: `${providerName}: ${problem.detail}`,
    reason: problem.code.replace('outbound.', ''),
    params: { provider: providerName, ...problem.params },
    cause: problem,
  });
}

const contextPattern =
  /context[ _-]?(length|window|size)|maximum context|too many tokens|prompt is too long|input length exceeds/i;

/** What a provider's own error message, sent under whatever status, means. */
export function fromProviderMessage(
  message: string,
  provider: { name: string; model: string | null },
  phase: 'answer' | 'stream',
): ProblemError {
  const { name } = provider;
  if (contextPattern.test(message))
    return ContextExceeded.with(
      quoting('The conversation is longer than the model can read at once.', message, 'model', {
        provider: name,
      }),
    );
  if (/\bmodel ['"`]?[\w./:@-]+['"`]? (not found|does not exist)|no such model/i.test(message))
    return modelMissing(provider);
  if (/manifest: file does not exist/i.test(message))
    return ModelNotFound.with({
      detail: `There is no model named ${provider.model} in the library that ${provider.name} downloads from.`,
      reason: 'not_in_library',
      params: { provider: provider.name, model: String(provider.model) },
    });
  if (phase === 'stream')
    return ModelInterrupted.with(
      quoting(`${name} broke the answer off.`, message, 'broken_off', { provider: name }),
    );
  return ModelBadResponse.with(
    quoting(`${name} could not answer.`, message, 'could_not', { provider: name }),
  );
}

/** The problem that an HTTP status of a provider stands for. */
export function fromStatus(
  answer: { status: number; message: string; retryAfter: string | null },
  provider: { name: string; model: string | null },
): ProblemError {
  const { status } = answer;
  if (status === 401 || status === 403)
    return ModelUnauthorized.with({
      ...byProvider(provider.name),
      detail: `${provider.name} did not accept the API key. Check it in the model settings.`,
    });
  if (status === 404 && provider.model !== null) return modelMissing(provider);
  if (status === 408 || status === 504)
    return ModelTimeout.with({
      ...byProvider(provider.name),
      detail: `${provider.name} did not answer in time.`,
    });
  if (status === 429)
    return ModelRateLimited.with({
      ...byProvider(provider.name),
      detail: `${provider.name} takes no more requests for the moment. Try again a little later.`,
      retryAfterSeconds: retryAfterSeconds(answer.retryAfter),
    });
  if (status === 502 || status === 503)
    return ModelUnreachable.with(
      quoting(`${provider.name} is not ready (status ${status}).`, answer.message, 'not_ready', {
        provider: provider.name,
        status,
      }),
    );
  if (status === 404)
    return ModelBadResponse.with({
      detail: `There is no model server at the address of ${provider.name} (status 404).`,
      reason: 'no_model_server',
      params: { provider: provider.name },
    });
  if (status === 413)
    return ContextExceeded.with({
      ...byProvider(provider.name),
      detail: `The conversation is longer than ${provider.name} takes.`,
    });
  return fromProviderMessage(answer.message || `Status ${status}.`, provider, 'answer');
}

function byProvider(provider: string) {
  return { reason: 'provider', params: { provider } };
}

function modelMissing(provider: { name: string; model: string | null }): ProblemError {
  const model = provider.model === null ? 'the model' : `the model ${provider.model}`;
  return ModelNotFound.with({
    detail: `${provider.name} does not have ${model}. Download it or choose another one.`,
    ...(provider.model === null
      ? {}
      : { reason: 'missing', params: { provider: provider.name, model: provider.model } }),
  });
}

/** A sentence, and after it what another program said: cut and on one line, marked as its words. */
function quoting(sentence: string, message: string, reason: string, params: ProblemParameters) {
  const said = message
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300)
    .toWellFormed();
  if (said === '') return { detail: sentence, reason, params };
  return { detail: `${sentence} It says: ${said}`, reason: `${reason}_said`, params: { ...params, said } };
}

function retryAfterSeconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d{1,6}$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}
