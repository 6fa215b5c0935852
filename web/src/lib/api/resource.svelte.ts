import { isTransient } from './api-problem.ts';
import { connection } from './connection.svelte.ts';

/**
 * One thing read from the server and its state for the page: `data` stays while it is read again, `error` is
 * what the last reading threw. After a lost connection it reads again by itself.
 */
export class Resource<Data> {
  data = $state.raw<Data | undefined>(undefined);
  error = $state.raw<unknown>(undefined);
  loading = $state(false);
  #read: () => Promise<Data>;
  #turn = 0;

  constructor(read: () => Promise<Data>) {
    this.#read = read;
  }

  /** Reads; of two readings at once the later one counts. Never throws: the failure is in `error`. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.loading = true;
    try {
      const data = await this.#read();
      if (turn !== this.#turn) return;
      this.data = data;
      this.error = undefined;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }

  /** Shows what is known by other means, such as the answer to a change; a reading under way is older and counts no more. */
  take(data: Data): void {
    this.#turn += 1;
    this.loading = false;
    this.data = data;
    this.error = undefined;
  }

  /** Forgets what was read: it belongs to somebody who left. */
  forget(): void {
    this.#turn += 1;
    this.loading = false;
    this.data = undefined;
    this.error = undefined;
  }

  /** Loads now and again when the connection came back; for `$effect`, which calls the returned function. */
  follow(): () => void {
    void this.load();
    return connection.onChange((online) => {
      if (online && isTransient(this.error)) void this.load();
    });
  }
}
