import type { Feature } from '../../platform/feature.ts';
import type { Platform } from '../../platform/platform.ts';
import type { WorkflowTool } from '../../platform/tools/tool.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import type { AlertNotices } from '../anomalies/index.ts';
import type { WorkflowNotices } from '../workflows/index.ts';
import { createAlertNotices } from './alert-notices.ts';
import { notificationsPersonalData } from './notifications.personal.ts';
import { notificationRoutes } from './notifications.routes.ts';
import { createNotificationService } from './notifications.service.ts';
import { createNotify, createSettle, createTell, type Notify, type NotifyOptions } from './notify.ts';
import { sendNotificationTool } from './send-notification.tool.ts';
import { createWorkflowNotices } from './workflow-notices.ts';

const purgeMs = 60_000;
const retireMs = 3_600_000;

export interface NotificationsOptions extends Omit<NotifyOptions, 'userFeed'> {
  platform: Pick<Platform, 'db' | 'userFeed' | 'log' | 'clock'>;
}

export interface NotificationsFeature extends Feature {
  /** For the workflows feature: what people are told in the transactions of runs. */
  workflowNotices: WorkflowNotices;
  /** For the assessment of sign-ins. */
  alertNotices: AlertNotices;
  /** For every other feature: in the caller's transaction; what it answers is called after the commit. */
  notify: Notify;
  tools: WorkflowTool[];
}

/** Notifications: stored with what they tell of, shown at once, sent by mail where people want that. */
export function createNotificationsFeature({
  platform,
  ...options
}: NotificationsOptions): NotificationsFeature {
  const { db, userFeed, log } = platform;
  const tell = createTell({ ...options, userFeed });
  const settle = createSettle(userFeed);
  const notify = createNotify(tell);
  const service = createNotificationService({ ...options, ...platform });
  const upkeep = createUpkeep(log, [
    { name: 'notifications.purge-removed', everyMs: purgeMs, run: service.purge },
    { name: 'notifications.remove-old', everyMs: retireMs, run: service.retire },
  ]);
  return {
    routes: notificationRoutes(service),
    workflowNotices: createWorkflowNotices(tell, settle),
    alertNotices: createAlertNotices(tell, settle),
    notify,
    tools: [sendNotificationTool({ db, notify })],
    personal: notificationsPersonalData(db),
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
