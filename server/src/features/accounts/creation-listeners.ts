import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Account } from './accounts.queries.ts';

export type AccountCreatedListener = (account: Account) => Promise<void>;

/** Work that follows a new account; a listener that fails is logged and harms neither the account nor the others. */
export function createCreationListeners(log: Logger) {
  const listeners: AccountCreatedListener[] = [];
  const running = new Set<Promise<void>>();
  return {
    add(listener: AccountCreatedListener): void {
      listeners.push(listener);
    },
    tell(account: Account): void {
      for (const listener of listeners) {
        const work = listener(account)
          .catch((error: unknown) =>
            log.error({ err: error, user_id: account.id }, 'work after a new account failed'),
          )
          .finally(() => running.delete(work));
        running.add(work);
      }
    },
    async settle(): Promise<void> {
      await Promise.all(running);
    },
  };
}
