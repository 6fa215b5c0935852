import type { WorkflowProblem } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';
import { fieldLabel } from './step-words.ts';

const known = ['no_start', 'second_start', 'unreachable', 'fork_without_parallel'] as const;

/** True where a setting has no value at all: the commonest problem while drawing. */
export function isMissing({ code, detail }: WorkflowProblem): boolean {
  return code === 'config_invalid' && /^"[\w.]+" is missing\.$/.test(detail);
}

/** What is wrong, in the person's language where the catalogue knows it, else in the server's words. */
export function problemWords(problem: WorkflowProblem, type: string | undefined): string {
  if (isMissing(problem)) {
    const field = problem.field?.split('.').at(-1) ?? '';
    return t('workflow_builder.problem.missing_field', { field: fieldLabel(type ?? '', field) });
  }
  const code = known.find((one) => one === problem.code);
  return code ? t(`workflow_builder.problem.${code}`) : problem.detail;
}
