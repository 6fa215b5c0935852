import type { ChatMode } from '@aiwfe/api-client';
import { t, textOr } from '#lib/messages/translate.svelte.ts';
import { isOwnWorkflow } from './mode-words.ts';

/** What modes cannot do now: what only one cannot, by its id, and what several cannot, each once. */
export function limitsOf(modes: readonly ChatMode[]): { own: Map<string, string>; shared: string[] } {
  const own = new Map<string, string>();
  const shared: string[] = [];
  for (const [limit, limited] of Map.groupBy(modes, limitOf)) {
    if (limit === null) continue;
    const [only] = limited;
    if (only && limited.length === 1) own.set(only.id, limit);
    else shared.push(limit);
  }
  return { own, shared };
}

/** Without a model, all of them quote; steps of people's own workflows cannot. */
function limitOf({ id, available, limits, limits_code: code }: ChatMode): string | null {
  if (!available && isOwnWorkflow(id)) return t('chat_modes.workflow_no_model');
  if (!available) return t('chat_modes.no_model');
  return code === null || limits === null ? limits : textOr(`chat_modes.${code}`, limits);
}
