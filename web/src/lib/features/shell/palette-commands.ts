import Bell from '@lucide/svelte/icons/bell';
import BellRing from '@lucide/svelte/icons/bell-ring';
import Bot from '@lucide/svelte/icons/bot';
import Brain from '@lucide/svelte/icons/brain';
import Cpu from '@lucide/svelte/icons/cpu';
import Download from '@lucide/svelte/icons/download';
import FileKey from '@lucide/svelte/icons/file-key';
import FileText from '@lucide/svelte/icons/file-text';
import Fingerprint from '@lucide/svelte/icons/fingerprint-pattern';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import History from '@lucide/svelte/icons/history';
import KeyRound from '@lucide/svelte/icons/key-round';
import Keyboard from '@lucide/svelte/icons/keyboard';
import Laptop from '@lucide/svelte/icons/laptop';
import LogIn from '@lucide/svelte/icons/log-in';
import LogOut from '@lucide/svelte/icons/log-out';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Monitor from '@lucide/svelte/icons/monitor';
import Moon from '@lucide/svelte/icons/moon';
import Palette from '@lucide/svelte/icons/palette';
import PanelLeft from '@lucide/svelte/icons/panel-left';
import SquarePen from '@lucide/svelte/icons/square-pen';
import Sun from '@lucide/svelte/icons/sun';
import UserRound from '@lucide/svelte/icons/user-round';
import Workflow from '@lucide/svelte/icons/workflow';
import { session } from '#lib/api/index.ts';
import { knownModes, modeIcon } from '#lib/features/chat-modes/mode-words.ts';
import { t } from '#lib/messages/translate.svelte.ts';
import type { Icon } from '#lib/ui/icon.ts';
import { goto } from '$app/navigation';
import { chooseTheme, signOut } from './account-actions.ts';
import { placesOf } from './navigation.ts';
import { pageCommands as commandsOfPage, type PaletteCommand, type PaletteGroup } from './page-commands.ts';
import type { PaletteSearch } from './palette-search.svelte.ts';
import { shell } from './shell-state.svelte.ts';

const securityPages = [
  ['/security/methods', 'security.methods.tab', Fingerprint],
  ['/security/devices', 'security.devices.tab', Laptop],
  ['/security/sessions', 'security.sessions.tab', LogIn],
  ['/security/alerts', 'security.alerts.tab', BellRing],
  ['/security/activity', 'security.activity.tab', History],
  ['/security/api-keys', 'security.api_keys.tab', KeyRound],
  ['/security/certificates', 'security.certificates.tab', FileKey],
  ['/security/privacy', 'security.privacy.tab', Download],
] as const;

function pageCommands(): PaletteCommand[] {
  const page = (href: string, label: string, icon: Icon, keys?: string[]): PaletteCommand => {
    return { id: `page:${href}`, label, icon, keys, run: () => goto(href) };
  };
  return [
    ...placesOf(session.user?.role)
      .filter((place) => place.href !== '/settings')
      .map((place) => page(place.href, t(place.label), place.icon, ['g', place.key])),
    page('/settings/models', t('settings.models.page'), Cpu, ['g', 's']),
    page('/settings/assistant', t('assistant.page'), Bot),
    page('/settings/memory', t('memory.page'), Brain),
    page('/settings/notifications', t('notifications.settings'), Bell),
    page('/settings/appearance', t('settings.appearance.page'), Palette),
    page('/settings/system', t('settings.system.page'), HeartPulse),
    ...securityPages.map(([href, label, icon]) => page(href, t(label), icon)),
    page('/notifications', t('notifications.title'), Bell, ['g', 'n']),
    page('/profile', t('shell.user.profile'), UserRound, ['g', 'p']),
  ];
}

function actionCommands(): PaletteCommand[] {
  const action = (id: string, label: string, icon: Icon, run: () => unknown, keys?: string[]) => {
    return { id: `action:${id}`, label, icon, keys, run };
  };
  return [
    action('chat', t('shell.nav.new_chat'), SquarePen, () => goto('/chat'), ['c']),
    action('workflow', t('workflows.new'), Workflow, () => goto('/workflows?new')),
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

/** A new chat in each mode: only for those who look for it, the list is long enough without. */
function newChatCommands(): PaletteCommand[] {
  return knownModes.map((id) => ({
    id: `action:chat:${id}`,
    label: t('chat_modes.new_chat', { name: t(`chat_modes.${id}`) }),
    icon: modeIcon(id),
    run: () => goto(`/chat?mode=${id}`),
  }));
}

/** Pages and actions whose label contains each typed word. */
export function matchCommands(query: string): PaletteGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (command: PaletteCommand) =>
    words.every((word) => command.label.toLowerCase().includes(word));
  const actions = words.length === 0 ? actionCommands() : [...actionCommands(), ...newChatCommands()];
  return [
    { heading: t('shell.palette.pages'), commands: pageCommands().filter(matches) },
    ...commandsOfPage().map((group) => ({ ...group, commands: group.commands.filter(matches) })),
    { heading: t('shell.palette.actions'), commands: actions.filter(matches) },
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
