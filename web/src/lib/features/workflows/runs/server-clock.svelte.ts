/**
 * The time by which things that go on are drawn: the browser's, moved forward where the server is known to be later, so
 * that nothing ends before it began.
 */
export class ServerClock {
  nowMs = $state(Date.now());
  #aheadMs = 0;

  /** A moment that the server named. */
  note(iso: string | null): void {
    if (iso === null) return;
    const aheadMs = Date.parse(iso) - Date.now();
    if (aheadMs > this.#aheadMs) this.#aheadMs = aheadMs;
  }

  /** Ticks; for `$effect`, which calls the returned function. */
  run(everyMs: number): () => void {
    const tick = () => {
      this.nowMs = Date.now() + this.#aheadMs;
    };
    tick();
    const timer = setInterval(tick, everyMs);
    return () => clearInterval(timer);
  }
}
