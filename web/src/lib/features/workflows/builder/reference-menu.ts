import { t } from '#lib/messages/translate.svelte.ts';
import type { MenuEntry } from '#lib/ui/index.ts';
import type { Drawing } from './drawing.svelte.ts';
import { availableReferences } from './references.ts';
import { nodeTitle } from './step-words.ts';

/** The names that have a value at a step, as a menu under whom they come from. */
export function referenceEntries(
  { definition, catalogue }: Drawing,
  nodeId: string,
  insert: (path: string) => void,
): MenuEntry[] {
  return availableReferences(definition, nodeId).flatMap(({ node, kind, paths }) => [
    {
      heading: node
        ? nodeTitle(catalogue, node)
        : t(
            kind === 'input'
              ? 'workflow_builder.from_input'
              : kind === 'item'
                ? 'workflow_builder.from_loop'
                : 'workflow_builder.from_run',
          ),
    },
    ...paths.map((path) => ({ label: path, run: () => insert(path) })),
  ]);
}
