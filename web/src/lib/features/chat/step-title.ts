import type { Step } from '@aiwfe/api-client';
import { textOr } from '#lib/messages/translate.svelte.ts';
import { isOwnWorkflow } from '../chat-modes/mode-words.ts';

/**
 * What a step of an answer is called in the person's language. The modes that come along name theirs by kind; steps of
 * workflows that somebody drew keep the names that they were given.
 */
export function stepTitle({ kind, title }: Pick<Step, 'kind' | 'title'>, mode: string): string {
  if (kind === 'approval' || isOwnWorkflow(mode)) return title;
  const expert = mode === 'experts' ? expertTitle(title) : undefined;
  return expert ?? textOr(`chat.step_title.${mode}.${kind}`, textOr(`chat.step_title.${kind}`, title));
}

/** Experts have the words of their slots; all that a step says of its expert is the English title. */
function expertTitle(title: string): string | undefined {
  const slot = title
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '_')
    .replace(/_(expert|partner)$/, '');
  return textOr(`model_slots.expert_${slot}`, undefined);
}
