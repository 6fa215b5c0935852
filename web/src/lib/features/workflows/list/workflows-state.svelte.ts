import type { Workflow, WorkflowSummary } from '@aiwfe/api-client';
import { api, coalesce, Resource } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';
import { readWorkflows } from './read-workflows.ts';

const refreshAfterMs = 400;

export type WorkflowKind = 'own' | 'builtin';

/** The workflows of a person, all of them: there are few, and the search is immediate. */
export class WorkflowsState extends Resource<WorkflowSummary[]> {
  query = $state('');
  readonly kind: WorkflowKind;
  readonly found = $derived.by(() => {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    return (this.data ?? []).filter(({ name, description }) => {
      const text = `${name} ${description}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  });

  constructor(kind: WorkflowKind) {
    super(() => readWorkflows({ builtin: kind === 'builtin' }));
    this.kind = kind;
  }

  override follow(): () => void {
    const reload = coalesce(() => this.load(), refreshAfterMs);
    const ends = [
      super.follow(),
      userFeed.subscribe('workflow', reload.ask),
      userFeed.subscribe('run', reload.ask),
      reload.cancel,
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  async turn(workflow: WorkflowSummary, enabled: boolean): Promise<void> {
    const headers = { 'if-match': `"${workflow.revision}"` };
    try {
      const changed = await api.patch<Workflow>(`/workflows/${workflow.id}`, { enabled }, { headers });
      this.take((this.data ?? []).map((item) => (item.id === workflow.id ? { ...item, ...changed } : item)));
    } catch (error) {
      await this.load();
      throw error;
    }
  }
}
