/** A length of time in which nobody worked, drawn shorter than it was. */
export interface Pause {
  fromMs: number;
  toMs: number;
  /** Where it is drawn, from 0 to 1. */
  start: number;
  end: number;
}

export interface TimeScale {
  /** Where a moment is drawn, from 0 to 1. */
  at(ms: number): number;
  pauses: readonly Pause[];
}

interface Span {
  fromMs: number;
  toMs: number;
}

const pauseWidth = 0.06;
const mostPauses = 4;
const shortestPauseMs = 5_000;
/** A pause is drawn shorter when it is at least so many times as long as all the work. */
const pauseShare = 0.5;

/**
 * Draws time evenly, except that long waiting (for a person, for the next day) takes little space: otherwise three
 * seconds of work around a night would be invisible. `work` is when something was at work.
 */
export function createTimeScale(work: readonly Span[], { fromMs, toMs }: Span): TimeScale {
  const busy = merge(work, { fromMs, toMs });
  const busyMs = busy.reduce((sum, span) => sum + span.toMs - span.fromMs, 0);
  const shortened = gaps(busy, { fromMs, toMs })
    .filter((gap) => gap.toMs - gap.fromMs >= Math.max(shortestPauseMs, busyMs * pauseShare))
    .sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))
    .slice(0, mostPauses)
    .sort((a, b) => a.fromMs - b.fromMs);
  const cutMs = shortened.reduce((sum, gap) => sum + gap.toMs - gap.fromMs, 0);
  const perMs = (1 - shortened.length * pauseWidth) / Math.max(1, toMs - fromMs - cutMs);
  const pauses: Pause[] = [];
  let [cursorMs, cursor] = [fromMs, 0];
  for (const gap of shortened) {
    const start = cursor + (gap.fromMs - cursorMs) * perMs;
    pauses.push({ ...gap, start, end: start + pauseWidth });
    [cursorMs, cursor] = [gap.toMs, start + pauseWidth];
  }
  const at = (ms: number): number => {
    const inside = pauses.find((pause) => ms >= pause.fromMs && ms <= pause.toMs);
    if (inside) {
      const share = (ms - inside.fromMs) / (inside.toMs - inside.fromMs);
      return within(inside.start + share * pauseWidth);
    }
    const before = pauses.findLast((pause) => ms > pause.toMs);
    return within((before?.end ?? 0) + (ms - (before?.toMs ?? fromMs)) * perMs);
  };
  return { at, pauses };
}

/** The sum of rounded parts may come out a hair above 1: a pause that ends with the run did. */
function within(position: number): number {
  return Math.min(1, Math.max(0, position));
}

/** The spans in order, those that touch as one, cut to what is drawn. */
function merge(spans: readonly Span[], bounds: Span): Span[] {
  const sorted = spans
    .map(({ fromMs, toMs }) => ({
      fromMs: Math.max(fromMs, bounds.fromMs),
      toMs: Math.min(toMs, bounds.toMs),
    }))
    .filter((span) => span.toMs >= span.fromMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  const merged: Span[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs);
    else merged.push({ ...span });
  }
  return merged;
}

function gaps(busy: readonly Span[], { fromMs, toMs }: Span): Span[] {
  const edges = [...busy, { fromMs: toMs, toMs }];
  let cursorMs = fromMs;
  return edges.flatMap((span) => {
    const gap = { fromMs: cursorMs, toMs: span.fromMs };
    cursorMs = span.toMs;
    return gap.toMs > gap.fromMs ? [gap] : [];
  });
}
