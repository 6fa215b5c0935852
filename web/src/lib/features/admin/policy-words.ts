import { t, textOr } from '#lib/messages/translate.svelte.ts';
import type { PolicyPath } from './policy-paths.ts';

/** The choices of each setting that has some, in the order they are offered. */
export const choices = {
  registration: ['closed', 'invitation', 'approval', 'open'],
  second_factor: ['optional', 'required'],
  anomalies: ['ignore', 'notify', 'step_up', 'block'],
} as const;

/** What a setting is called. */
export function settingName(path: PolicyPath): string {
  const [group, inner] = path.split('.');
  if (group === 'anomalies') return textOr(`security.alerts.kind.${inner}`, path);
  return group === 'second_factor' ? t(`admin.policies.second_factor_of.${inner as 'user'}`) : ownName(path);
}

function ownName(path: PolicyPath): string {
  return textOr(`admin.policies.${path}`, path);
}

/** What a value of a setting means. */
export function settingValue(path: PolicyPath, value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'admin.policies.yes' : 'admin.policies.no');
  if (path === 'max_sessions_per_user') return String(value);
  if (typeof value === 'number') return days(path, value);
  const group = path.split('.')[0];
  return textOr(`admin.policies.${group}.${String(value)}`, String(value));
}

function days(path: PolicyPath, count: number): string {
  return count === 0 ? textOr(`admin.policies.${path}.zero`, '0') : t('admin.policies.days', { count });
}
