import type { ChatMode, ChatModeId } from '@aiwfe/api-client';
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark';
import MessageCircle from '@lucide/svelte/icons/message-circle';
import Route from '@lucide/svelte/icons/route';
import UsersRound from '@lucide/svelte/icons/users-round';
import Workflow from '@lucide/svelte/icons/workflow';
import Zap from '@lucide/svelte/icons/zap';
import { t, textOr } from '#lib/messages/translate.svelte.ts';
import type { Icon } from '#lib/ui/icon.ts';

/** The mode of a conversation for which nobody chose one. */
export const defaultMode: ChatModeId = 'simple';

/** The modes that this page has words for; the server may know more. */
export const knownModes = ['simple', 'router', 'experts', 'socratic', 'fast'] as const satisfies ChatModeId[];

/** Whether a workflow of the person's own answers. */
export function isOwnWorkflow(id: string): boolean {
  return id.startsWith('workflow:');
}

export function isKnownMode(id: string): id is ChatModeId {
  return knownModes.some((known) => known === id);
}

const icons: Record<string, Icon> = {
  simple: MessageCircle,
  router: Route,
  experts: UsersRound,
  socratic: CircleQuestionMark,
  fast: Zap,
};

/** What stands for a mode; for one that came after this page was made, what stands for an answer. */
export function modeIcon(id: string): Icon {
  return isOwnWorkflow(id) ? Workflow : (icons[id] ?? MessageCircle);
}

/** The name of a mode in the person's language; the server's own for one that came after this page was made. */
export function modeTitle({ id, title }: { id: string; title: string }): string {
  return textOr(`chat_modes.${id}`, title);
}

/** The name of the mode that is chosen; of a workflow that no longer answers in chats only what it was. */
export function chosenTitle(modes: readonly ChatMode[], id: string): string {
  const chosen = modes.find((mode) => mode.id === id);
  if (!chosen && isOwnWorkflow(id)) return t('chat_modes.workflow');
  return modeTitle(chosen ?? { id, title: id });
}

/** What a mode does, in one line. */
export function modeAbout({ id, about }: Pick<ChatMode, 'id' | 'about'>): string {
  return textOr(`chat_modes.${id}_about`, about);
}
