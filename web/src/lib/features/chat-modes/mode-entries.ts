import type { ChatMode, ChatModeId } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';
import type { MenuEntry } from '#lib/ui/index.ts';
import { limitsOf } from './mode-limits.ts';
import { isOwnWorkflow, modeAbout, modeIcon, modeTitle } from './mode-words.ts';

/**
 * The modes as entries of a menu: what each does, and quietly what it cannot do now. What several cannot do is said
 * once, below them.
 */
export function modeEntries(
  modes: readonly ChatMode[],
  chosen: string | null,
  choose: (id: ChatModeId) => unknown,
): MenuEntry[] {
  const { own, shared } = limitsOf(modes);
  const entryOf = (mode: ChatMode): MenuEntry => ({
    label: modeTitle(mode),
    ...wordsOf(modeAbout(mode), own.get(mode.id)),
    icon: modeIcon(mode.id),
    checked: mode.id === chosen,
    run: () => choose(mode.id),
  });
  const [drawn = [], builtin = []] = [true, false].map((wanted) =>
    modes.filter(({ id }) => isOwnWorkflow(id) === wanted),
  );
  return [
    ...builtin.map(entryOf),
    ...(drawn.length > 0 ? [{ heading: t('chat_modes.workflows') }] : []),
    ...drawn.map(entryOf),
    ...shared.map((note) => ({ note })),
  ];
}

/** Workflows need no description: then what they cannot do stands in its place. */
function wordsOf(
  about: string,
  note: string | undefined,
): { text?: string | undefined; note?: string | undefined } {
  return about === '' ? { text: note } : { text: about, note };
}
