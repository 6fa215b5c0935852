import type { Step } from '@aiwfe/api-client';
import { textOr } from '#lib/messages/translate.svelte.ts';
import { isOwnWorkflow } from '../chat-modes/mode-words.ts';

/**
 * What a step of an answer is called in the person's language. The modes that come along name theirs by kind; steps of
 * workflows that somebody drew keep the names that they were given.
 */
export function stepTitle(
  { kind, title, title_code, node_id }: Pick<Step, 'kind' | 'title' | 'title_code' | 'node_id'>,
  mode: string,
): string {
  if (title_code !== undefined) return textOr(`chat.step_title.unnamed.${title_code}`, title);
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

/** What a step said; who was given what is told with the names of the experts in the person's language. */
export function stepText({ text, tasks }: Pick<Step, 'text' | 'tasks'>): string | null {
  const lines = tasks?.map((task) => {
    const name = expertTitle(`expert_${task.expert}`);
    return name && `- **${name}**: ${task.text}`;
  });
  return !lines || lines.includes(undefined) ? text : lines.join('\n');
}
