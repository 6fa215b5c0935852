import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import { defineError } from '../../platform/errors.ts';
import { type Account, type AccountsService, type NewAccount, SuperuserExists } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import { storeFirstProfile } from '../profile/index.ts';
import { type Throttle, throttleAddress } from '../sign-in/index.ts';
import { createSetupCodes } from './setup-code.ts';

export const InvalidSetupCode = defineError(
  'setup.invalid_code',
  403,
  'Set-up code is not right',
  'This is not the set-up code. It is printed when the server starts; "npx aiwfe setup-code" shows it again.',
);

export type SetupService = ReturnType<typeof createSetupService>;

export interface SetupOptions {
  db: Database;
  keys: KeyRing;
  accounts: AccountsService;
  audit: AuditTrail;
  throttle: Throttle;
}

/** The way to the first superuser (S11, incident I7). */
export function createSetupService(options: SetupOptions) {
  const { db, accounts, audit, throttle } = options;
  const codes = createSetupCodes(options.keys);
  // Never becomes true again once it was false, so it need not be asked for then.
  let required = true;

  const isRequired = async (): Promise<boolean> => {
    required = required && (await accounts.isSetupRequired());
    return required;
  };

  return {
    isRequired,

    /** The pending one-time code for the start command to print; `undefined` once there is a superuser. */
    async ensureSetupCode(): Promise<{ code: string } | undefined> {
      return (await isRequired()) ? { code: await codes.ensure(db) } : undefined;
    },

    /**
     * Creates the one first superuser. Throws `setup.invalid_code`, `setup.already_done`, `validation_failed`,
     * `auth.throttled`.
     */
    async setUp(
      input: NewAccount & { setupCode: string; theme: string | undefined },
      client: ClientFacts,
    ): Promise<Account> {
      if (!(await isRequired())) throw SuperuserExists.with();
      await throttle.reserve([{ budget: 'setup:address', value: throttleAddress(client.address) }]);
      accounts.checkNewAccount(input);
      const passwordHash = await accounts.hashNewPassword(input.password);
      const account = await db.transaction().execute(async (trx) => {
        const stored = await accounts.createFirstSuperuser(trx, input, passwordHash, async () => {
          if (!(await codes.consume(trx, input.setupCode))) throw InvalidSetupCode.with();
        });
        if (input.theme !== undefined) await storeFirstProfile(trx, stored.id, { theme: input.theme });
        return stored;
      });
      required = false;
      accounts.announceCreated(account);
      return account;
    },

    /** Notes a refused attempt, outside of the transaction that was rolled back. */
    recordRefusal: (code: string, client: ClientFacts): Promise<void> =>
      audit.record(db, {
        action: 'setup',
        outcome: 'failure',
        factor: 'setup_code',
        code,
        personal: { address: client.address, userAgent: client.userAgent },
      }),
  };
}
