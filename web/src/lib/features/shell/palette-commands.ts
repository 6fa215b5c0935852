import Cpu from '@lucide/svelte/icons/cpu';
import FileText from '@lucide/svelte/icons/file-text';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import Keyboard from '@lucide/svelte/icons/keyboard';
import LogOut from '@lucide/svelte/icons/log-out';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Monitor from '@lucide/svelte/icons/monitor';
import Moon from '@lucide/svelte/icons/moon';
import Palette from '@lucide/svelte/icons/palette';
import PanelLeft from '@lucide/svelte/icons/panel-left';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import SquarePen from '@lucide/svelte/icons/square-pen';
import Sun from '@lucide/svelte/icons/sun';
import UserRound from '@lucide/svelte/icons/user-round';
import { t } from '#lib/messages/translate.svelte.ts';
import type { Icon } from '#lib/ui/icon.ts';
import { goto } from '$app/navigation';
import { chooseTheme, signOut } from './account-actions.ts';
import { places } from './navigation.ts';
import type { PaletteSearch } from './palette-search.svelte.ts';
import { shell } from './shell-state.svelte.ts';

export interface PaletteCommand {
  id: string;
  label: string;
  icon: Icon;
  keys?: string[];
  run: () => unknown;
}

export interface PaletteGroup {
  heading: string;
  commands: PaletteCommand[];
}

function pageCommands(): PaletteCommand[] {
  const page = (href: string, label: string, icon: Icon, keys?: string[]): PaletteCommand => {
    return { id: `page:${href}`, label, icon, keys, run: () => goto(href) };
  };
  return [
    ...places
      .filter((place) => place.href !== '/settings')
      .map((place) => page(place.href, t(place.label), place.icon, ['g', place.key])),
    page('/settings/models', t('settings.models.page'), Cpu, ['g', 's']),
    page('/settings/appearance', t('settings.appearance.page'), Palette),
    page('/settings/sessions', t('settings.sessions.page'), ShieldCheck),
    page('/settings/system', t('settings.system.page'), HeartPulse),
    page('/profile', t('shell.user.profile'), UserRound, ['g', 'p']),
  ];
}

function actionCommands(): PaletteCommand[] {
  const action = (id: string, label: string, icon: Icon, run: () => unknown, keys?: string[]) => {
    return { id: `action:${id}`, label, icon, keys, run };
  };
  return [
    action('chat', t('shell.nav.new_chat'), SquarePen, () => goto('/chat'), ['c']),
    action('dark', t('shell.palette.theme_dark'), Moon, () => chooseTheme('dark')),
    action('light', t('shell.palette.theme_light'), Sun, () => chooseTheme('light')),
    action('system', t('shell.palette.theme_system'), Monitor, () => chooseTheme('system')),
    action('rail', t('shell.rail.collapse'), PanelLeft, () => shell.toggleRail(), ['[']),
    action(
      'keys',
      t('shell.shortcuts.title'),
      Keyboard,
      () => {
        shell.shortcutsOpen = true;
      },
      ['?'],
    ),
    action('sign-out', t('shell.user.sign_out'), LogOut, signOut),
  ];
}

/** Pages and actions whose label contains each typed word. */
export function matchCommands(query: string): PaletteGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (command: PaletteCommand) =>
    words.every((word) => command.label.toLowerCase().includes(word));
  return [
    { heading: t('shell.palette.pages'), commands: pageCommands().filter(matches) },
    { heading: t('shell.palette.actions'), commands: actionCommands().filter(matches) },
  ].filter((group) => group.commands.length > 0);
}

/** What the search found, as commands that open it. */
export function foundCommands(search: PaletteSearch): PaletteGroup[] {
  const conversations = search.conversations.map((each) => ({
    id: `conversation:${each.id}`,
    label: each.title || t('shell.recent.untitled'),
    icon: MessageSquare,
    run: () => goto(`/chat/${each.id}`),
  }));
  const documents = search.documents.map((each) => ({
    id: `document:${each.id}`,
    label: each.name,
    icon: FileText,
    run: () => goto(`/documents/${each.id}`),
  }));
  return [
    { heading: t('shell.palette.conversations'), commands: conversations },
    { heading: t('shell.nav.documents'), commands: documents },
  ].filter((group) => group.commands.length > 0);
}
