import type { Page, RunStep } from '@aiwfe/api-client';
import { api, Resource } from '#lib/api/index.ts';

/** What a step was given and gave. */
export class StepValues extends Resource<RunStep | null> {
  constructor(runId: string, number: number) {
    super(async () => {
      const query = { after: number - 1, limit: 1 };
      const { items } = await api.get<Page<RunStep>>(`/runs/${runId}/steps`, { query });
      return items.find((step) => step.number === number) ?? null;
    });
  }
}
