import type { Role } from '@aiwfe/api-client';
import Activity from '@lucide/svelte/icons/activity';
import FileText from '@lucide/svelte/icons/file-text';
import House from '@lucide/svelte/icons/house';
import Inbox from '@lucide/svelte/icons/inbox';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Settings from '@lucide/svelte/icons/settings';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import UsersRound from '@lucide/svelte/icons/users-round';
import Workflow from '@lucide/svelte/icons/workflow';

/** The places of the rail; `key` is the letter after `g`. */
export const places = [
  { href: '/', label: 'shell.nav.home', icon: House, key: 'h' },
  { href: '/chat', label: 'shell.nav.chat', icon: MessageSquare, key: 'c' },
  { href: '/documents', label: 'shell.nav.documents', icon: FileText, key: 'd' },
  { href: '/workflows', label: 'shell.nav.workflows', icon: Workflow, key: 'w' },
  { href: '/runs', label: 'shell.nav.runs', icon: Activity, key: 'r' },
  { href: '/approvals', label: 'shell.nav.approvals', icon: Inbox, key: 'i' },
  { href: '/security', label: 'shell.nav.security', icon: ShieldCheck, key: 'y' },
  { href: '/settings', label: 'shell.nav.settings', icon: Settings, key: 's' },
  { href: '/admin', label: 'shell.nav.admin', icon: UsersRound, key: 'a' },
] as const;

/** The places that somebody of this role has. */
export function placesOf(role: Role | undefined): readonly (typeof places)[number][] {
  const isAdministrator = role === 'admin' || role === 'superuser';
  return places.filter((place) => place.href !== '/admin' || isAdministrator);
}

/** True when `pathname` belongs to the place at `href`. */
export function isCurrentPlace(href: string, pathname: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);
}
