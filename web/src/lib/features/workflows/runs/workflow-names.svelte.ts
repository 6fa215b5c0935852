import type { WorkflowNode } from '@aiwfe/api-client';
import { api, Resource } from '#lib/api/index.ts';
import { stepName } from '../step-names.ts';
import { workflowTexts } from '../workflow-texts.ts';
import type { RunHead } from './run-follower.svelte.ts';

interface VersionAnswer {
  definition: { nodes: WorkflowNode[] };
}

/** What the steps of a version of a workflow are called. Without an answer, steps have their ids. */
export class WorkflowNames extends Resource<ReadonlyMap<string, WorkflowNode>> {
  readonly #builtin: string | null;

  constructor({ workflow_id, version, builtin }: Pick<RunHead, 'workflow_id' | 'version' | 'builtin'>) {
    super(async () => {
      const [{ definition }] = await Promise.all([
        api.get<VersionAnswer>(`/workflows/${workflow_id}/versions/${version}`),
        // Without them, names that people gave are there all the same.
        workflowTexts().catch(() => undefined),
      ]);
      return new Map(definition.nodes.map((node) => [node.id, node]));
    });
    this.#builtin = builtin;
  }

  nameOf(nodeId: string): string {
    const node = this.data?.get(nodeId);
    return node ? stepName(node, this.#builtin) : nodeId;
  }

  typeOf(nodeId: string): string | undefined {
    return this.data?.get(nodeId)?.type;
  }
}
