import type { Executor } from '../audit/index.ts';
import type { RecoveryOptions } from './account-recovery.types.ts';

/**
 * Whoever proves an address owns the account of that address. What was set up before, while nobody had proved it, may
 * be a stranger's who registered it to wait for the owner (S10): password, factors, keys and sessions die together.
 * Returns the ids of the sessions; announce them after the commit.
 */
export async function expelEarlierHolder(
  { accounts, sessions, credentials }: Pick<RecoveryOptions, 'accounts' | 'sessions' | 'credentials'>,
  trx: Executor,
  userId: string,
): Promise<string[]> {
  await accounts.removePassword(trx, userId);
  for (const remove of credentials) await remove(trx, userId);
  const ended = await sessions.endWithin(trx, { owner: userId }, 'address_proved');
  return ended.map((session) => session.id);
}
