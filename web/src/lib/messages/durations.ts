import { texts } from './translate.svelte.ts';

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

interface Style {
  language?: string;
  /** Units in full: within a sentence. */
  long?: boolean;
}

/** A length of time in its two largest units: "320 ms", "1.2 sec", "4 min 12 sec", "2 hr 5 min". */
export function writeDuration(durationMs: number, style: Style = {}): string {
  const write = unitWriter(style);
  if (durationMs < 1_000) return write(Math.max(0, Math.round(durationMs)), 'millisecond');
  // Rounded first: what is nearly a minute is not "60 sec".
  const seconds = Math.round(durationMs / 100) / 10;
  if (seconds < 10) return write(seconds, 'second');
  const wholeMs = Math.round(durationMs / 1_000) * 1_000;
  if (wholeMs < 60_000) return write(wholeMs / 1_000, 'second');
  const first = units.findIndex(([, size]) => wholeMs >= size);
  const [unit, size] = units[first] ?? units[2];
  const [smaller, smallerSize] = units[first + 1] ?? (['second', 1_000] as const);
  const rest = Math.floor((wholeMs % size) / smallerSize);
  const whole = write(Math.floor(wholeMs / size), unit);
  return rest > 0 ? `${whole} ${write(rest, smaller)}` : whole;
}

/** How much of the time until `untilMs` is left, as {@link writeDuration} writes it; null when none is. */
export function writeTimeLeft(untilMs: number, nowMs: number, style: Style = {}): string | null {
  const seconds = Math.ceil((untilMs - nowMs) / 1_000);
  return seconds > 0 ? writeDuration(seconds * 1_000, style) : null;
}

function unitWriter({ language = texts.language, long = false }: Style) {
  return (value: number, unit: string): string =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit,
      // "day" has no short form that people use.
      unitDisplay: long || unit === 'day' ? 'long' : 'short',
      maximumFractionDigits: 1,
    }).format(value);
}
