import { withOperator } from './operator.ts';
import { say } from './runtime.ts';

/** `aiwfe setup-code`: prints the pending set-up code, or that the first account exists. */
export async function setupCode(): Promise<number> {
  const code = await withOperator((operator) => operator.pendingSetupCode());
  if (code === undefined) {
    say('The first account exists already; there is no set-up code.');
    return 1;
  }
  say(`Set-up code ${code}: open /setup#code=${code} at the server's address.`);
  return 0;
}
