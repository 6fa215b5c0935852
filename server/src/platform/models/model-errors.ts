import { type ErrorParams, withParams } from '../error-params.ts';
import { defineError, type ErrorDefinition, ProblemError } from '../errors.ts';

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

interface OutboundSentence {
  definition: ErrorDefinition;
  sentence(name: string): string;
  kind?: string;
}

const outboundSentences: Record<string, OutboundSentence> = {
  'outbound.refused': {
    definition: ModelRefused,
    sentence: (name) => `${name} refused the connection. Is the server running at its address?`,
  },
  'outbound.timeout': {
    definition: ModelTimeout,
    sentence: (name) => `${name} did not answer in time.`,
  },
  'outbound.interrupted': {
    definition: ModelInterrupted,
    sentence: (name) => `The connection to ${name} broke before the answer was complete.`,
  },
  'outbound.unreachable': {
    definition: ModelUnreachable,
    sentence: (name) => `${name} could not be reached.`,
  },
  'outbound.too_large': {
    definition: ModelBadResponse,
    sentence: (name) => `${name} sent more than an answer may hold.`,
    kind: 'too_large',
  },
  'outbound.bad_response': {
    definition: ModelBadResponse,
    sentence: (name) => `${name} sent something that is not a valid answer. Is it a model server?`,
  },
};

/** Turns a problem of the outbound door into one of the model taxonomy, told about the provider by its name. */
export function fromOutboundProblem(problem: ProblemError, providerName: string): ProblemError {
  if (problem.code.startsWith('models.')) return problem;
  const tell = (definition: ErrorDefinition, detail: string, params: ErrorParams = {}): ProblemError =>
    withParams(definition.with({ detail, cause: problem }), { provider: providerName, ...params });
  if (problem.code === 'outbound.address_not_allowed' || problem.code === 'outbound.invalid_url')
    return tell(ModelAddressNotAllowed, problem.detail);
  const known = outboundSentences[problem.code];
  if (!known)
    return tell(ModelUnreachable, `${providerName}: ${problem.detail}`, {
      said: problem.detail,
    });
  return tell(known.definition, known.sentence(providerName), known.kind ? { kind: known.kind } : {});
}

const contextPattern =
  /context[ _-]?(length|window|size)|maximum context|too many tokens|prompt is too long|input length exceeds/i;

interface Asked {
  name: string;
  model: string | null;
}

/** What a provider's own error message, sent under whatever status, means. */
export function fromProviderMessage(
  message: string,
  provider: Asked,
  phase: 'answer' | 'stream',
): ProblemError {
  const tell = (definition: ErrorDefinition, sentence: string, params: ErrorParams = {}): ProblemError =>
    tellQuoting(definition, sentence, message, { provider: provider.name, ...params });
  if (contextPattern.test(message))
    return tell(ContextExceeded, 'The conversation is longer than the model can read at once.');
  if (/\bmodel ['"`]?[\w./:@-]+['"`]? (not found|does not exist)|no such model/i.test(message))
    return modelMissing(provider);
  if (/manifest: file does not exist/i.test(message))
    return ModelNotFound.with({
      detail: `There is no model named ${provider.model} in the library that ${provider.name} downloads from.`,
    });
  if (phase === 'stream') return tell(ModelInterrupted, `${provider.name} broke the answer off.`);
  return tell(ModelBadResponse, `${provider.name} could not answer.`, { kind: 'could_not' });
}

/** The problem that an HTTP status of a provider stands for. */
export function fromStatus(
  answer: { status: number; message: string; retryAfter: string | null },
  provider: Asked,
): ProblemError {
  const { status } = answer;
  const { name } = provider;
  const told = { provider: name };
  if (status === 401 || status === 403) {
    const detail = `${name} did not accept the API key. Check it in the model settings.`;
    return withParams(ModelUnauthorized.with({ detail }), told);
  }
  if (status === 404 && provider.model !== null) return modelMissing(provider);
  if (status === 408 || status === 504)
    return withParams(ModelTimeout.with({ detail: `${name} did not answer in time.` }), told);
  if (status === 429) {
    const detail = `${name} takes no more requests for the moment. Try again a little later.`;
    const retry = { retryAfterSeconds: retryAfterSeconds(answer.retryAfter) };
    return withParams(ModelRateLimited.with({ detail, ...retry }), told);
  }
  if (status === 502 || status === 503) {
    const sentence = `${name} is not ready (status ${status}).`;
    return tellQuoting(ModelUnreachable, sentence, answer.message, { ...told, kind: 'not_ready', status });
  }
  if (status === 404) {
    const detail = `There is no model server at the address of ${name} (status 404).`;
    return withParams(ModelBadResponse.with({ detail }), { ...told, kind: 'no_server' });
  }
  if (status === 413) {
    const detail = `The conversation is longer than ${name} takes.`;
    return withParams(ContextExceeded.with({ detail }), told);
  }
  return fromProviderMessage(answer.message || `Status ${status}.`, provider, 'answer');
}

function modelMissing({ name, model }: Asked): ProblemError {
  const wanted = model === null ? 'the model' : `the model ${model}`;
  const detail = `${name} does not have ${wanted}. Download it or choose another one.`;
  return withParams(ModelNotFound.with({ detail }), { provider: name, model: model ?? '' });
}

/** A sentence, and after it what another program said: cut and on one line, marked as its words. */
function tellQuoting(
  definition: ErrorDefinition,
  sentence: string,
  message: string,
  params: ErrorParams,
): ProblemError {
  const said = message
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300)
    .toWellFormed();
  if (said === '') return withParams(definition.with({ detail: sentence }), params);
  return withParams(definition.with({ detail: `${sentence} It says: ${said}` }), { ...params, said });
}

function retryAfterSeconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d{1,6}$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}
