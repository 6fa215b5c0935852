import type { Step } from '@aiwfe/api-client';
import { textOr } from '#lib/messages/translate.svelte.ts';
import { isOwnWorkflow } from '../chat-modes/mode-words.ts';

/**
 * What a step of an answer is called in the person's language. The modes that come along name theirs by kind; steps of
 * workflows that somebody drew keep the names that they were given.
 */
export function stepTitle(
  { kind, title, node_id }: Pick<Step, 'kind' | 'title' | 'node_id'>,
  mode: string,
): string {
  if (kind === 'approval' || isOwnWorkflow(mode)) return title;
  const expert = mode === 'experts' && node_id !== null ? expertTitle(node_id) : undefined;
  return expert ?? textOr(`chat.step_title.${mode}.${kind}`, textOr(`chat.step_title.${kind}`, title));
}

/** Experts have the words of their slots; steps of theirs whose slots are called otherwise. */
const slots: Record<string, string> = {
  expert_research: 'expert_research_specialist',
  expert_wellbeing: 'expert_well_being_coach',
  formatted: 'expert_output_formatter',
};

/** What an expert is called, by the step of the workflow that is theirs; undefined for other steps. */
export function expertTitle(nodeId: string): string | undefined {
  const slot = slots[nodeId] ?? nodeId;
  return slot.startsWith('expert_') ? textOr(`model_slots.${slot}`, undefined) : undefined;
}
