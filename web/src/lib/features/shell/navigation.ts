import FileText from '@lucide/svelte/icons/file-text';
import House from '@lucide/svelte/icons/house';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Settings from '@lucide/svelte/icons/settings';

/** The places of the rail; `key` is the letter after `g`. */
export const places = [
  { href: '/', label: 'shell.nav.home', icon: House, key: 'h' },
  { href: '/chat', label: 'shell.nav.chat', icon: MessageSquare, key: 'c' },
  { href: '/documents', label: 'shell.nav.documents', icon: FileText, key: 'd' },
  { href: '/settings', label: 'shell.nav.settings', icon: Settings, key: 's' },
] as const;

/** True when `pathname` belongs to the place at `href`. */
export function isCurrentPlace(href: string, pathname: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);
}
