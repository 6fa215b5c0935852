import type { Role } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';

const ranks: Record<Role, number> = { user: 0, admin: 1, superuser: 2 };

/** The roles that somebody may give: those below their own. The server has the last word. */
export function assignableRoles(own: Role): Role[] {
  return (['user', 'admin'] as const).filter((role) => ranks[role] < ranks[own]);
}

/** The same for a select. */
export function roleOptions(roles: Role[]): { value: Role; label: string }[] {
  return roles.map((role) => ({ value: role, label: t(`admin.role.${role}`) }));
}
