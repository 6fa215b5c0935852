/** Whether the page began to go away. */
export interface LeavingPage {
  readonly isLeaving: boolean;
  stop(): void;
}

/**
 * Watches whether the page is being left: browsers fail its requests then, which says nothing about whether the server
 * has them.
 */
export function whileLeaving(): LeavingPage {
  const ended = new AbortController();
  let isLeaving = false;
  for (const type of ['beforeunload', 'pagehide'] as const)
    window.addEventListener(
      type,
      () => {
        isLeaving = true;
      },
      { signal: ended.signal },
    );
  return {
    get isLeaving() {
      return isLeaving;
    },
    stop: () => ended.abort(),
  };
}
