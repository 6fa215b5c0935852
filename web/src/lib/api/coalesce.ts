/** Work that many hints ask for and that one of it answers: it is done once, `afterMs` after the first of them. */
export function coalesce(work: () => unknown, afterMs: number): { ask: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      work();
    }, afterMs);
  };
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return { ask, cancel };
}
