/** Counts whole seconds down to zero, for a Retry-After that the page shows. */
export class Countdown {
  secondsLeft = $state(0);
  #timer: ReturnType<typeof setInterval> | undefined;
  #endsAtMs = 0;

  start(seconds: number): void {
    this.stop();
    this.#endsAtMs = Date.now() + seconds * 1000;
    this.secondsLeft = seconds;
    this.#timer = setInterval(() => this.#tick(), 250);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.secondsLeft = 0;
  }

  #tick(): void {
    this.secondsLeft = Math.max(0, Math.ceil((this.#endsAtMs - Date.now()) / 1000));
    if (this.secondsLeft === 0) clearInterval(this.#timer);
  }
}
