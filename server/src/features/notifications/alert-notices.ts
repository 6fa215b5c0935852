import type { AlertNotices } from '../anomalies/index.ts';
import type { NotificationTexts } from './notifications.texts.ts';
import type { Settle, Tell } from './notify.ts';

const words = {
  new_device: 'newDevice',
  unusual_sign_in: 'unusualSignIn',
  sign_in_blocked: 'signInBlocked',
  password_spraying: 'passwordSpraying',
} as const satisfies Record<string, keyof NotificationTexts>;

const keyOf = (alertId: string): string => `alert:${alertId}`;

/** Tells people of security alerts, with the way to answer them. */
export function createAlertNotices(tell: Tell, settle: Settle): AlertNotices {
  return {
    alertRaised: (executor, { userId, alertId, kind }) =>
      tell(executor, {
        userId,
        kind: 'security',
        href: kind === 'password_spraying' ? '/admin/alerts' : `/security/alerts/${alertId}`,
        key: keyOf(alertId),
        words: (texts) => texts[words[kind]],
      }),
    alertAnswered: (executor, alertId) => settle(executor, [keyOf(alertId)]),
  };
}
