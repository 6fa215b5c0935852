import type { Step } from '../conversations.schemas.ts';
import type { EventWriter } from './event-writer.ts';

/** Shows the steps of an answer while they run and keeps them for the stored message. */
export interface StepRecorder {
  steps(): Step[];
  /** Runs `work` as a visible step; `describe` says in a few words what came out. */
  run<Result>(
    step: Pick<Step, 'id' | 'kind' | 'title'>,
    work: () => Promise<Result> | Result,
    describe: (result: Result) => string,
  ): Promise<Result>;
}

/** A recorder that writes to the answer's stream. */
export function createStepRecorder(writer: Pick<EventWriter, 'push'>): StepRecorder {
  const steps = new Map<string, Step>();
  const show = (step: Step): void => {
    steps.set(step.id, step);
    writer.push({ type: 'step', data: step });
  };
  return {
    steps: () => [...steps.values()],
    async run(step, work, describe) {
      const began = performance.now();
      const ended = (): number => Math.round(performance.now() - began);
      show({ ...step, state: 'running', detail: null, duration_ms: null });
      try {
        const result = await work();
        show({ ...step, state: 'done', detail: describe(result), duration_ms: ended() });
        return result;
      } catch (error) {
        show({ ...step, state: 'failed', detail: null, duration_ms: ended() });
        throw error;
      }
    },
  };
}
