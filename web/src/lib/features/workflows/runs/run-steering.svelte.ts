import type { Run } from '@aiwfe/api-client';
import { ApiProblem, api } from '#lib/api/index.ts';
import type { RunFollower } from './run-follower.svelte.ts';

type Wish = 'cancel' | 'pause' | 'resume';

/** Cancel, pause, resume and try again. */
export class RunSteering {
  readonly #follower: RunFollower;
  /** Under way. */
  wish = $state<Wish | null>(null);
  problem = $state.raw<unknown>(null);

  constructor(follower: RunFollower) {
    this.#follower = follower;
  }

  /** Never throws: what went wrong is in `problem`. */
  async ask(wish: Exclude<Wish, 'cancel'>): Promise<void> {
    if (this.wish !== null) return;
    this.problem = null;
    try {
      await this.#post(wish);
    } catch (error) {
      this.problem = error;
      // What is shown may be the reason why it was refused; without an answer it is as it was.
      if (error instanceof ApiProblem) void this.#follower.load();
    }
  }

  /** Throws what the request throws. */
  async cancel(): Promise<void> {
    this.problem = null;
    await this.#post('cancel');
  }

  /** The run that tries it again. Throws what the request throws. */
  retry(request: { step?: number; input?: Record<string, unknown> }): Promise<Run> {
    return api.post<Run>(`/runs/${this.#follower.id}/retry`, request);
  }

  async #post(wish: Wish): Promise<void> {
    this.wish = wish;
    try {
      this.#follower.take(await api.post<Run>(`/runs/${this.#follower.id}/${wish}`));
    } finally {
      this.wish = null;
    }
  }
}
