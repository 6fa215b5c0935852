import { OutboundTimeout } from './outbound-errors.ts';

export interface ClockLimits {
  /** Milliseconds for the whole exchange. */
  timeoutMs: number;
  /** Milliseconds until the answer begins. */
  firstByteTimeoutMs: number;
  /** Milliseconds between two parts of the answer. */
  idleTimeoutMs: number;
}

/** Bounds one exchange in time; also carries the caller's abort, so that there is one place where it ends early. */
export interface RequestClock {
  readonly signal: AbortSignal;
  /** The answer has begun: from now on the idle limit counts. */
  answered(): void;
  /** Something arrived, or was asked for: the idle limit counts afresh. */
  progress(): void;
  /** Our own reader takes its time, which is no fault of the other server: the idle limit waits for `progress`. */
  hold(): void;
  /** Calls back once when the time is up or the caller aborts. */
  onExpiry(listener: (reason: unknown) => void): void;
  /** Why it ended early: a declared problem or the caller's abort reason. */
  reason(): unknown;
  stop(): void;
}

/** What the other server did not do in time, by the reason of the problem. */
const missed = {
  not_begun: 'begin to answer',
  not_finished: 'finish its answer',
  silent: 'go on with its answer',
};

/** Starts the clock of one exchange. */
export function startClock(limits: ClockLimits, callerSignal: AbortSignal | undefined): RequestClock {
  const controller = new AbortController();
  const expire = (seconds: number, reason: keyof typeof missed) => (): void =>
    controller.abort(
      OutboundTimeout.with({
        detail: `The other server did not ${missed[reason]} within ${seconds} s.`,
        reason,
        params: { limit_seconds: seconds },
      }),
    );
  const whole = setTimeout(expire(limits.timeoutMs / 1000, 'not_finished'), limits.timeoutMs);
  let held = false;
  let waiting = setTimeout(expire(limits.firstByteTimeoutMs / 1000, 'not_begun'), limits.firstByteTimeoutMs);
  const onCallerAbort = (): void => controller.abort(callerSignal?.reason);
  if (callerSignal?.aborted) onCallerAbort();
  else callerSignal?.addEventListener('abort', onCallerAbort, { once: true });
  const stop = (): void => {
    clearTimeout(whole);
    clearTimeout(waiting);
    callerSignal?.removeEventListener('abort', onCallerAbort);
  };
  return {
    signal: controller.signal,
    answered() {
      clearTimeout(waiting);
      const expireIdle = expire(limits.idleTimeoutMs / 1000, 'silent');
      waiting = setTimeout(() => {
        if (!held) expireIdle();
      }, limits.idleTimeoutMs);
    },
    progress() {
      held = false;
      waiting.refresh();
    },
    hold() {
      held = true;
    },
    onExpiry(listener) {
      const tell = (): void => listener(controller.signal.reason);
      if (controller.signal.aborted) tell();
      else controller.signal.addEventListener('abort', tell, { once: true });
    },
    reason: () => (controller.signal.aborted ? controller.signal.reason : undefined),
    stop,
  };
}
