import type { DocumentScope } from '../../../platform/tools/document-scope.ts';
import type { PassageSource } from '../workflow-ports.ts';
import type { StepContext } from './step-type.ts';

/**
 * The documents that a step may look into: those it names, and never others than the person chose in the conversation that
 * the run answers in.
 */
export async function chosenDocuments(
  passages: Pick<PassageSource, 'documentsInBoth'>,
  { ownerId, choice }: Pick<StepContext, 'ownerId' | 'choice'>,
  named: DocumentScope = { kind: 'all' },
): Promise<DocumentScope> {
  const chosen = choice?.scope ?? { kind: 'all' };
  if (named.kind === 'none' || chosen.kind === 'all') return named;
  if (chosen.kind === 'none' || named.kind === 'all') return chosen;
  // A document is in one collection at most.
  if (named.kind === 'collection' && chosen.kind === 'collection')
    return named.collection_id.toLowerCase() === chosen.collection_id.toLowerCase()
      ? named
      : { kind: 'none' };
  const ids = await passages.documentsInBoth(ownerId, named, chosen);
  return ids.length > 0 ? { kind: 'documents', document_ids: ids } : { kind: 'none' };
}
