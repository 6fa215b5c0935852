import type { Collection, Model, Page } from '@aiwfe/api-client';
import { api, Resource, readAllPages } from '#lib/api/index.ts';
import { readWorkflows } from '../list/read-workflows.ts';

const pageSize = 100;

/** What settings choose from, read when the first of them is shown. */
export class EditorChoices {
  readonly models = new Resource(() => api.get<{ items: Model[] }>('/models'));
  readonly workflows = new Resource(() => readWorkflows());
  readonly collections = new Resource(() =>
    readAllPages((cursor) =>
      api.get<Page<Collection>>('/collections', { query: { limit: pageSize, cursor } }),
    ),
  );
}
