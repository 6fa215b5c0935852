import type { Workflow } from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';
import { t } from '#lib/messages/translate.svelte.ts';

const keepMs = 10_000;

type Brief = Pick<Workflow, 'id' | 'name'>;

/** Makes a copy without triggers and runs; answers its id. */
export async function duplicateWorkflow({ id, name }: Brief): Promise<string> {
  const { description, definition } = await api.get<Workflow>(`/workflows/${id}`);
  const copy = { name: t('workflows.copy_of', { name }).slice(0, 200), description, definition };
  return (await api.post<Workflow>('/workflows', copy)).id;
}

/** Hands the workflow to the person as a file. */
export async function exportWorkflow({ id, name }: Brief): Promise<void> {
  const file = await api.get<object>(`/workflows/${id}/export`);
  const url = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${fileName(name)}.workflow.json`;
  link.click();
  // The browser reads it after this.
  setTimeout(() => URL.revokeObjectURL(url), keepMs);
}

function fileName(name: string): string {
  return (
    name
      .trim()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-|-$/g, '')
      .toLowerCase() || 'workflow'
  );
}

export async function removeWorkflow(id: string): Promise<void> {
  await api.delete(`/workflows/${id}`);
}
