import type { Executor } from '../audit/index.ts';

/** How people are told of alerts within the program; notifications implements it. */
export interface AlertNotices {
  /** In the transaction that stores the alert. What it answers is called after the commit. */
  alertRaised(
    executor: Executor,
    alert: {
      userId: string;
      alertId: string;
      kind: 'new_device' | 'unusual_sign_in' | 'sign_in_blocked' | 'password_spraying';
    },
  ): Promise<() => void>;
  /** Whoever was told of it need not look any more. */
  alertAnswered(executor: Executor, alertId: string): Promise<() => void>;
}
