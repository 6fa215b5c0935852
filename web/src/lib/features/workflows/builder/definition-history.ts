/** What a drawing was, is, and was before it was taken back. */
export interface History<Value> {
  past: readonly Value[];
  present: Value;
  future: readonly Value[];
  /** What the last change was of; changes of the same thing in a row are taken back together. */
  key: string | null;
}

const maxSteps = 200;

export function startHistory<Value>(present: Value): History<Value> {
  return { past: [], present, future: [], key: null };
}

/** Adds a change. With the key of the change before, both are one: typing a word is undone at once. */
export function commit<Value>(
  history: History<Value>,
  present: Value,
  key: string | null = null,
): History<Value> {
  if (present === history.present) return history;
  const isContinued = key !== null && key === history.key && history.future.length === 0;
  const past = isContinued ? history.past : [...history.past, history.present].slice(-maxSteps);
  return { past, present, future: [], key };
}

export function undo<Value>(history: History<Value>): History<Value> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  const { past, present, future } = history;
  return { past: past.slice(0, -1), present: before, future: [present, ...future], key: null };
}

export function redo<Value>(history: History<Value>): History<Value> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future, key: null };
}
