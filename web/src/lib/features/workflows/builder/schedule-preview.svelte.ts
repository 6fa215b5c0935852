import { ApiProblem, api } from '#lib/api/index.ts';
import type { ScheduleSettings } from './schedule-words.ts';

const pauseMs = 300;

/** When a schedule would start its workflow next, asked from the server when its settings rest. */
export class SchedulePreview {
  /** Of the schedule that was asked for last; null before the first answer and where it cannot be read. */
  shown = $state.raw<{ times: readonly string[]; timeZone: string } | null>(null);
  /** Why the schedule cannot be read. */
  problem = $state<string | null>(null);
  isAsking = $state(false);

  /** Asks soon; for `$effect`, which calls the returned function. */
  follow(schedule: ScheduleSettings): () => void {
    const calledOff = new AbortController();
    this.isAsking = true;
    const timer = setTimeout(() => void this.#ask(schedule, calledOff.signal), pauseMs);
    return () => {
      clearTimeout(timer);
      calledOff.abort();
    };
  }

  async #ask(schedule: ScheduleSettings, signal: AbortSignal): Promise<void> {
    const path = '/workflows/schedules/preview';
    try {
      const { times } = await api.post<{ times: string[] }>(path, schedule, { signal });
      if (!signal.aborted) this.#show({ times, timeZone: schedule.time_zone }, null);
    } catch (error) {
      if (signal.aborted) return;
      const isInvalid = error instanceof ApiProblem && error.code === 'workflows.trigger_invalid';
      // Without an answer there is nothing to show; saving says what is wrong then.
      this.#show(null, isInvalid ? error.text : null);
    }
  }

  #show(shown: SchedulePreview['shown'], problem: string | null): void {
    this.shown = shown;
    this.problem = problem;
    this.isAsking = false;
  }
}
