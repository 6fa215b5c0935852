import type { WorkflowProblem } from '@aiwfe/api-client';
import { refusalText, toldText } from '#lib/messages/refusals.ts';
import { t } from '#lib/messages/translate.svelte.ts';
import { fieldLabel, portLabel } from './step-words.ts';

/** What a problem is told with, also where it is the failure of a step that was tried. */
type Told = Pick<WorkflowProblem, 'code' | 'detail' | 'reason' | 'params'>;

/** True where a setting has no value at all: the commonest problem while drawing. */
export function isMissing({ reason, params }: Told): boolean {
  return reason === 'missing' && params?.field !== undefined;
}

/** What is wrong, in the person's language where the catalogue knows it, else in the server's words. */
export function problemWords(problem: Told, type = ''): string {
  const { code, detail, reason } = problem;
  const params = shownValues(problem.params, reason === 'unknown' ? undefined : type);
  if (isMissing(problem)) return t('workflow_builder.problem.missing_field', params);
  return toldText(`drawing.${code}`, reason && `drawing.reason.${reason}`, { detail, params });
}

/** Why a step that was tried failed: what already keeps it from running is said as in the drawing. */
export function failureWords(failure: Told, type: string): string {
  const { detail } = failure;
  const words = problemWords(failure, type);
  return words === detail ? refusalText(failure) : words;
}

/** The values as the editor shows them: ways out have names there, and the settings of a known type. */
function shownValues(params: Told['params'] = {}, type?: string): Record<string, string | number> {
  const { field, port } = params;
  return {
    ...params,
    ...(field === undefined || type === undefined ? {} : { field: settingName(type, String(field)) }),
    ...(port === undefined ? {} : { port: portLabel(String(port)) }),
  };
}

/** `cases.0.name` → `Cases › 1 › name`; items are counted from 1. */
function settingName(type: string, path: string): string {
  const [first = '', ...inner] = path.split('.');
  const counted = inner.map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : part));
  return [fieldLabel(type, first), ...counted].join(' › ');
}
