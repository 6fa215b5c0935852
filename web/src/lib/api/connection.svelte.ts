type Listener = (online: boolean) => void;

/**
 * Whether the server can be reached, as the last requests and the browser tell it. Pages keep what they show
 * and what was typed while it is unreachable (I12); a banner reads this state.
 */
class Connection {
  reachable = $state(true);
  /** True when the browser itself says that the device has no network. */
  offline = $state(false);
  #listeners = new Set<Listener>();

  constructor() {
    if (typeof window === 'undefined') return;
    this.offline = !navigator.onLine;
    window.addEventListener('online', () => this.#setOffline(false));
    window.addEventListener('offline', () => this.#setOffline(true));
  }

  /** Notes that an answer came. */
  noteAnswer(): void {
    this.#setReachable(true);
  }

  /** Notes that no usable answer came: time-out, broken connection, 502 to 504. */
  noteFailure(): void {
    this.#setReachable(false);
  }

  /** Calls back at each change between reachable and not; returns how to end that. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #setOffline(offline: boolean): void {
    this.offline = offline;
    for (const listener of this.#listeners) listener(!offline && this.reachable);
  }

  #setReachable(reachable: boolean): void {
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    for (const listener of this.#listeners) listener(reachable && !this.offline);
  }
}

export const connection = new Connection();
