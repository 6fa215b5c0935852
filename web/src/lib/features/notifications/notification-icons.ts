import type { Notification } from '@aiwfe/api-client';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleX from '@lucide/svelte/icons/circle-x';
import Forward from '@lucide/svelte/icons/forward';
import Inbox from '@lucide/svelte/icons/inbox';
import ShieldAlert from '@lucide/svelte/icons/shield-alert';
import Workflow from '@lucide/svelte/icons/workflow';
import type { Icon } from '#lib/ui/icon.ts';

export const notificationIcons: Record<Notification['kind'], { icon: Icon; tone: string }> = {
  approval: { icon: Inbox, tone: 'text-accent' },
  approval_escalated: { icon: Forward, tone: 'text-warning' },
  run_failed: { icon: CircleX, tone: 'text-danger' },
  run_finished: { icon: CircleCheck, tone: 'text-success' },
  workflow: { icon: Workflow, tone: 'text-accent' },
  security: { icon: ShieldAlert, tone: 'text-warning' },
};
