export interface ToastOptions {
  text: string;
  tone?: 'neutral' | 'success' | 'danger';
  /** Usually "Undo"; the toast then stays for 10 s. */
  action?: { label: string; run: () => unknown };
}

export interface ToastEntry extends ToastOptions {
  id: number;
}

const shortMs = 5_000;
const actionMs = 10_000;

/** Short messages at the edge of the page, one line each, newest last. */
class Toasts {
  entries = $state<ToastEntry[]>([]);
  #nextId = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Shows a message: 5 s, or 10 s with an action. Answers how to take it away early. */
  show(options: ToastOptions): () => void {
    const id = this.#nextId++;
    this.entries = [...this.entries.slice(-2), { ...options, id }];
    this.#start(id, options.action ? actionMs : shortMs);
    return () => this.dismiss(id);
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.entries = this.entries.filter((entry) => entry.id !== id);
  }

  #start(id: number, ms: number): void {
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), ms),
    );
  }
}

export const toast = new Toasts();
