import { t } from '#lib/messages/translate.svelte.ts';
import type { JsonProblem } from './json-problem.ts';

/** Why a text is no JSON: where to look, as engines say it in English and each in its own way. */
export function jsonProblemWords({ line, column }: Pick<JsonProblem, 'line' | 'column'>): string {
  return t('runs.json.problem', { line, column });
}
