import type { WorkflowDefinition, WorkflowNode } from '@aiwfe/api-client';
import { textOr } from '#lib/messages/translate.svelte.ts';

/** What a kind of step is called; `fallback` for kinds that came after this page was made. */
export function stepTypeName(type: string, fallback = type): string {
  return textOr(`workflow_steps.${type}`, fallback);
}

/**
 * What a step is called: as somebody named it, else by what it does. The steps of workflows that come with the program
 * have names in the person's language. `workflowTexts` brings the words.
 */
export function stepName(
  { id, type, name }: Pick<WorkflowNode, 'id' | 'type' | 'name'>,
  builtin: string | null,
): string {
  const own = builtin === null ? undefined : builtinName(id, builtin);
  return own ?? (name?.trim() || stepTypeName(type, id));
}

function builtinName(id: string, builtin: string): string | undefined {
  return textOr(`chat_mode_steps.${builtin}.${id}`, textOr(`chat_mode_steps.${id}`, undefined));
}

/** A workflow that comes with the program, with the names of its steps in the person's language: to look at. */
export function inOwnWords(definition: WorkflowDefinition, builtin: string): WorkflowDefinition {
  const nodes = definition.nodes.map((node) => {
    const name = builtinName(node.id, builtin);
    return name === undefined ? node : { ...node, name };
  });
  return { ...definition, nodes };
}
