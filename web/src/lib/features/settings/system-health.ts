import { textOr } from '#lib/messages/translate.svelte.ts';

export interface HealthCheck {
  name: string;
  ok: boolean;
  text: string;
}

const goodWords = new Set(['ok', 'healthy', 'connected', 'operational', 'up', 'ready', 'pass', 'running']);

/** The checks of `GET /api/health`, whose fields may grow: words, booleans, or objects with a state. */
export function readHealthChecks(health: Record<string, unknown>): HealthCheck[] {
  const nested = health.checks;
  const source = isObject(nested) ? { ...health, ...nested } : health;
  const skipped = new Set(['status', 'checks', 'code', 'detail', 'version', 'uptime_seconds', 'request_id']);
  return Object.entries(source)
    .filter(([name]) => !skipped.has(name))
    .flatMap(([name, value]) => readCheck(name, value));
}

/** What was checked, in the person's language where that is known. */
export function partText({ name }: HealthCheck): string {
  return textOr(`settings.system.part.${name}`, name.replaceAll('_', ' '));
}

/** The word for how it is. */
export function stateText({ text }: HealthCheck): string {
  return textOr(`settings.system.state.${text}`, text);
}

/** The word for how this server is set up. */
export function factText(
  name: 'environment' | 'registration',
  value: string | undefined,
): string | undefined {
  return textOr(`settings.system.${name}.${value}`, value);
}

function readCheck(name: string, value: unknown): HealthCheck[] {
  if (typeof value === 'boolean') return [{ name, ok: value, text: value ? 'ok' : 'error' }];
  if (typeof value === 'string' && /^[a-z][a-z_ -]*$/i.test(value)) {
    return [{ name, ok: goodWords.has(value.toLowerCase()), text: value }];
  }
  if (!isObject(value)) return [];
  const state = value.state ?? value.status ?? value.ok;
  const ok = state === true || (typeof state === 'string' && goodWords.has(state.toLowerCase()));
  const words = [value.detail, value.code, typeof state === 'string' ? state : undefined];
  return [
    { name, ok, text: String(words.find((word) => typeof word === 'string') ?? (ok ? 'ok' : 'error')) },
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
