import type { Page, WorkflowSummary } from '@aiwfe/api-client';
import { api, readAllPages } from '#lib/api/index.ts';

const pageSize = 100;

/** All workflows of a person, or those of the chat modes. Throws what the requests throw. */
export function readWorkflows({ builtin = false } = {}): Promise<WorkflowSummary[]> {
  const chosen = builtin ? { builtin } : {};
  return readAllPages((cursor) =>
    api.get<Page<WorkflowSummary>>('/workflows', { query: { limit: pageSize, cursor, ...chosen } }),
  );
}
