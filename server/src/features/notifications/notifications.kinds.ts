/** What people are told of, in the order of the settings. */
export const notificationKinds = [
  'approval',
  'approval_escalated',
  'run_failed',
  'run_finished',
  'workflow',
  'security',
] as const;
export type NotificationKind = (typeof notificationKinds)[number];

export interface Channels {
  in_app: boolean;
  email: boolean;
}

interface KindRule {
  defaults: Channels;
  /** Not for people to turn off. */
  fixed?: true;
}

export const kindRules: Record<NotificationKind, KindRule> = {
  approval: { defaults: { in_app: true, email: false } },
  approval_escalated: { defaults: { in_app: true, email: false } },
  run_failed: { defaults: { in_app: true, email: false } },
  // What went well by itself is told only to those who ask for it.
  run_finished: { defaults: { in_app: false, email: false } },
  workflow: { defaults: { in_app: true, email: false } },
  // The mail of a security notice leaves with the notice itself (S9), so none is written here.
  security: { defaults: { in_app: true, email: true }, fixed: true },
};
