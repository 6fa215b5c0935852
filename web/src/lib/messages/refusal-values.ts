import { preferences } from '../preferences.svelte.ts';
import { writeDuration } from './durations.ts';

/** A value of a refusal as the person's language writes it; its unit is the end of its name. */
export function writeValue(parameter: string, value: string | number): string | number {
  if (parameter.endsWith('_seconds')) return writeDuration(Number(value) * 1_000, { long: true });
  if (parameter.endsWith('_bytes')) return preferences.bytes(Number(value));
  return parameter.endsWith('_at') ? preferences.dateTime(String(value)) : value;
}
