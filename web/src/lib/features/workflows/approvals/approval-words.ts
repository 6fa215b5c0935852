import type { Approval, ApprovalStatus } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';
import { preferences } from '#lib/preferences.svelte.ts';

export const approvalTones: Record<ApprovalStatus, 'warning' | 'success' | 'danger' | 'neutral'> = {
  pending: 'warning',
  approved: 'success',
  rejected: 'danger',
  expired: 'neutral',
  cancelled: 'neutral',
};

/** Where an approval stands, in a sentence. */
export function approvalSentence({ status, mine, decided_at: decidedAt }: Approval): string {
  if (status === 'pending') return mine ? t('approvals.waits_for_you') : t('approvals.waits_for_other');
  const when = decidedAt === null ? '' : preferences.relative(decidedAt);
  return t(`approvals.decided.${status}`, { when });
}
