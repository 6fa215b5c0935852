import type { Workflow } from '@aiwfe/api-client';
import { ApiProblem, api } from '#lib/api/index.ts';
import { t } from '#lib/messages/translate.svelte.ts';
import { readJson } from '../values/json-problem.ts';

const maxBytes = 2 * 1024 * 1024;

/** Why a file is no workflow, one sentence for each reason. */
export class FileRefused extends Error {
  readonly reasons: string[];

  constructor(reasons: string[]) {
    super(reasons.join(' '));
    this.name = 'FileRefused';
    this.reasons = reasons;
  }
}

/** Creates a workflow from a file. Throws {@link FileRefused} for what is none, and what the request throws. */
export async function importFile(file: Pick<File, 'size' | 'text'>): Promise<Workflow> {
  const body = readWorkflowFile(file.size, await file.text());
  try {
    return await api.post<Workflow>('/workflows/import', body);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.fields.length === 0) throw error;
    throw new FileRefused(error.fields.map(({ field, detail }) => `${field}: ${detail}`));
  }
}

/** What can be said of a file before the server sees it. */
export function readWorkflowFile(sizeBytes: number, text: string): object {
  if (sizeBytes > maxBytes) throw new FileRefused([t('workflows.file_too_large')]);
  const read = readJson(text);
  if (!read.ok) {
    const { line, column } = read.problem;
    throw new FileRefused([t('workflows.file_no_json', { line, column })]);
  }
  const file = (read.value ?? {}) as Record<string, unknown>;
  const reasons = [
    file.kind === 'aiwfe.workflow' ? null : t('workflows.file_no_kind'),
    typeof file.name === 'string' && file.name.trim() !== '' ? null : t('workflows.file_no_name'),
    Array.isArray((file.definition as { nodes?: unknown } | undefined)?.nodes)
      ? null
      : t('workflows.file_no_steps'),
  ].filter((reason) => reason !== null);
  if (reasons.length > 0) throw new FileRefused(reasons);
  return file;
}
