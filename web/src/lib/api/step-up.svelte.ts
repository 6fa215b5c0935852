/**
 * The question "is it still you?" that a sensitive request asks. Requests that ask while it is open wait for the same
 * answer, so that the person is asked once.
 */
class StepUp {
  asked = $state(false);
  #answer: PromiseWithResolvers<boolean> | null = null;

  /** `true` when the person proved who they are, `false` when they closed the question. */
  ask(): Promise<boolean> {
    this.#answer ??= Promise.withResolvers<boolean>();
    this.asked = true;
    return this.#answer.promise;
  }

  settle(proved: boolean): void {
    this.#answer?.resolve(proved);
    this.#answer = null;
    this.asked = false;
  }
}

export const stepUp = new StepUp();
