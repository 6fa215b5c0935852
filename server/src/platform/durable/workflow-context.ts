import type { DBOS } from '@dbos-inc/dbos-sdk';
import type { StepOptions, WorkflowContext } from './workflow-engine.ts';

type Dbos = typeof DBOS;

/** What a run whose steps the engine records is given. */
export function createContext(engine: Dbos, workflowId: string, signal: AbortSignal): WorkflowContext {
  return {
    workflowId,
    signal,
    step: (name, work, options: StepOptions = {}) =>
      engine.runStep(work, {
        name,
        retriesAllowed: (options.maxAttempts ?? 1) > 1,
        maxAttempts: options.maxAttempts ?? 1,
        intervalSeconds: options.retryDelaySeconds ?? 1,
        backoffRate: 2,
      }),
    // The wake-up time is recorded: a run resumed later sleeps only what is left.
    sleep: (ms) => untilAborted(engine.sleep(ms), signal),
  };
}

async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

/** What a repeatable run is given: it may begin before the engine knows it, so nothing of it can be recorded. */
export function createUnrecordedContext(workflowId: string, signal: AbortSignal): WorkflowContext {
  const refuse = async (): Promise<never> => {
    throw new Error(`The run ${workflowId} is repeatable: it has no steps and does not sleep.`);
  };
  return { workflowId, signal, step: refuse, sleep: refuse };
}
