import { ProblemError } from '../../../platform/errors.ts';
import type { CodedText, Step } from '../conversations.schemas.ts';
import type { EventWriter } from './event-writer.ts';

type Unsaid = 'text' | 'approval_id' | 'code' | 'params' | 'node_id';
/** A step as it is shown; most say nothing and ask for nothing. */
export type ShownStep = Omit<Step, Unsaid> & Partial<Pick<Step, Unsaid>>;

const unsaid: Pick<Step, Unsaid> = { text: null, approval_id: null, code: null, params: {}, node_id: null };

/** Shows the steps of an answer while they run and keeps them for the stored message. */
export interface StepRecorder {
  steps(): Step[];
  /** Shows a step as it is now, for what is told from elsewhere. */
  show(step: ShownStep): void;
  /** Adds to what a step says, while it is said. */
  say(id: string, text: string): void;
  /** Runs `work` as a visible step; `describe` says in a few words what came out. */
  run<Result>(
    step: Pick<Step, 'id' | 'kind' | 'title'>,
    work: () => Promise<Result> | Result,
    describe: (result: Result) => CodedText,
  ): Promise<Result>;
}

/** A recorder that writes to the answer's stream. */
export function createStepRecorder(writer: Pick<EventWriter, 'push'>): StepRecorder {
  const steps = new Map<string, Step>();
  const show = (shown: ShownStep): void => {
    const step: Step = { ...unsaid, ...shown };
    steps.set(step.id, step);
    writer.push({ type: 'step', data: step });
  };
  return {
    steps: () => [...steps.values()],
    show,
    say(id, text) {
      const step = steps.get(id);
      if (!step) return;
      steps.set(id, { ...step, text: (step.text ?? '') + text });
      writer.push({ type: 'step_text', data: { id, text } });
    },
    async run(step, work, describe) {
      const began = performance.now();
      const ended = (): number => Math.round(performance.now() - began);
      show({ ...step, state: 'running', detail: null, duration_ms: null });
      try {
        const result = await work();
        show({ ...step, state: 'done', ...describe(result), duration_ms: ended() });
        return result;
      } catch (error) {
        const { detail, code } = error instanceof ProblemError ? error : { detail: null, code: null };
        show({ ...step, state: 'failed', detail, code, duration_ms: ended() });
        throw error;
      }
    },
  };
}
