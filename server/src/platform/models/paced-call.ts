import { ProblemError } from '../errors.ts';
import { ModelBadResponse, ModelTimeout, ModelTruncated } from './model-errors.ts';
import type { ChatEvent, ProviderConnection } from './model-types.ts';
import type { ProviderFetch } from './provider-fetch.ts';

export interface ModelLimits {
  /** Milliseconds until the first token, the loading of the model included. */
  firstTokenTimeoutMs: number;
  /** Milliseconds between two tokens. */
  idleTimeoutMs: number;
}

/** One call under way. */
export interface RunningCall {
  signal: AbortSignal;
  abort(reason: unknown): void;
  end(): void;
}

/** A signal of its own for one call, joined to the caller's, so that the call can be ended from here as well. */
export function startCall(signal: AbortSignal): RunningCall {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end() {
      signal.removeEventListener('abort', onAbort);
      controller.abort();
    },
  };
}

export interface PaceOptions {
  call: RunningCall;
  way: ProviderFetch;
  provider: ProviderConnection;
  limits: ModelLimits;
}

const silences = {
  not_begun: 'has not begun to answer',
  silent: 'fell silent in the middle of the answer',
};

/**
 * Bounds the wait for the first token and between tokens, and makes every failure one of the taxonomy. The clock stands
 * still while the reader is busy with a token.
 */
export async function* withPace(
  events: AsyncGenerator<ChatEvent, void>,
  options: PaceOptions,
): AsyncGenerator<ChatEvent, void> {
  const { call, limits, provider } = options;
  let waiting = true;
  const expireAfter = (reason: keyof typeof silences, ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      if (!waiting) return;
      const params = { provider: provider.name, limit_seconds: ms / 1_000 };
      const detail = `${provider.name} ${silences[reason]} for ${params.limit_seconds} s.`;
      call.abort(ModelTimeout.with({ detail, reason, params }));
    }, ms);
  const first = expireAfter('not_begun', limits.firstTokenTimeoutMs);
  let between: NodeJS.Timeout | undefined;
  try {
    for await (const event of events) {
      waiting = false;
      clearTimeout(first);
      if (event.type === 'finish') call.signal.throwIfAborted();
      yield event;
      waiting = true;
      between ??= expireAfter('silent', limits.idleTimeoutMs);
      between.refresh();
    }
  } catch (error) {
    throw explain(error, options);
  } finally {
    clearTimeout(first);
    clearTimeout(between);
  }
}

/** The problem of the taxonomy that an error means; the reason of the abort after an abort. */
export function explain(error: unknown, { call, provider, way }: PaceOptions): unknown {
  // The true reason first: libraries turn an abort or a problem into errors of their own, or into a quiet end.
  if (call.signal.aborted) return call.signal.reason;
  const problem = way.problem();
  if (problem) return problem;
  if (error instanceof ProblemError) return error;
  if (error instanceof Error && error.message.startsWith('Did not receive done'))
    return ModelTruncated.with({
      detail: `${provider.name} ended the answer in the middle, without saying why.`,
      reason: 'provider',
      params: { provider: provider.name },
      cause: error,
    });
  return ModelBadResponse.with({
    detail: `${provider.name} sent an answer that cannot be read.`,
    reason: 'unreadable',
    params: { provider: provider.name },
    cause: error,
  });
}
