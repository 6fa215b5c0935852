import { createHmac } from 'node:crypto';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import { type Account, EmailTaken, mayAdminister, RankTooLow } from '../accounts/index.ts';
import type { ClientFacts, Executor } from '../audit/index.ts';
import { CreationKeyReused } from './administration.errors.ts';
import { demandPasswordChange, findCreation, storeCreation } from './administration.queries.ts';
import type { NewPerson } from './administration.schemas.ts';
import { type AdministrationOptions, recordRefusal } from './administration.service.ts';

export interface AccountCreationOptions extends AdministrationOptions {
  keys: KeyRing;
  /** Mails a link to choose the first password, in the caller's transaction. */
  sendFirstPasswordLink: (trx: Executor, userId: string) => Promise<void>;
  wakeMail: () => void;
}

export type AccountCreation = ReturnType<typeof createAccountCreation>;

const maxKeyLength = 200;

/** Accounts that administrators make for others. */
export function createAccountCreation(options: AccountCreationOptions) {
  return {
    /**
     * Creates an active account, with a password that has to be changed at the first sign-in or with a mailed link to
     * choose one. A repeated `Idempotency-Key` answers the account of the first request. Throws `auth.forbidden`,
     * `accounts.email_taken`, `validation_failed`, `administration.idempotency_key_reused`.
     */
    create: (
      actor: Actor,
      input: NewPerson,
      key: string | string[] | undefined,
      client: ClientFacts,
    ): Promise<string> =>
      recordRefusal(options, { actor, attempted: 'account.registered', client }, () =>
        create(options, actor, input, { key: readKey(key), client }),
      ),
  };
}

function readKey(header: string | string[] | undefined): string | undefined {
  const key = Array.isArray(header) ? header.join(',') : header;
  if (key !== undefined && key.length > maxKeyLength)
    throw CreationKeyReused.with({ detail: `An Idempotency-Key may have ${maxKeyLength} characters.` });
  return key === '' ? undefined : key;
}

async function create(
  options: AccountCreationOptions,
  actor: Actor,
  input: NewPerson,
  { key, client }: { key: string | undefined; client: ClientFacts },
): Promise<string> {
  if (!mayAdminister(actor.role, input.role))
    throw RankTooLow.with({
      detail: 'Nobody may create an account of their own rank or a higher one.',
      reason: 'create_rank',
    });
  const { password } = input;
  if ((password === undefined) === (input.send_link !== true))
    throw ValidationFailed.with({
      errors: [{ field: 'password', detail: 'or send_link is needed, and only one of them' }],
    });
  const request = key === undefined ? undefined : { key, hash: fingerprint(options.keys, input) };
  const earlier = request && (await findEarlier(options, actor, request));
  if (earlier !== undefined) return earlier;
  const { accounts, db } = options;
  const person = { email: input.email, displayName: input.display_name };
  const fields =
    password === undefined
      ? accounts.checkNewPerson(person)
      : accounts.checkNewAccount({ ...person, password });
  const passwordHash = password === undefined ? undefined : await accounts.hashNewPassword(password);
  const account = await db.transaction().execute(async (trx) => {
    const stored = await accounts.storeNew(
      trx,
      {
        ...fields,
        role: input.role,
        status: 'active',
        passwordHash,
        factor: 'administrator',
        actorId: actor.userId,
      },
      client,
    );
    if (!stored) return undefined;
    await prepareFirstSignIn(options, trx, stored.id, password !== undefined);
    if (request)
      await storeCreation(trx, actor.userId, request.key, { userId: stored.id, requestHash: request.hash });
    return stored;
  });
  return account ? announce(options, account) : explainTaken(options, actor, request);
}

function announce({ accounts, wakeMail }: AccountCreationOptions, account: Account): string {
  wakeMail();
  accounts.announceCreated(account);
  return account.id;
}

/** Whoever knows the password of somebody else must not go on knowing it. */
async function prepareFirstSignIn(
  options: AccountCreationOptions,
  trx: DatabaseTransaction,
  userId: string,
  hasPassword: boolean,
): Promise<void> {
  if (hasPassword) await demandPasswordChange(trx, userId);
  else await options.sendFirstPasswordLink(trx, userId);
}

/** The address may have been taken by the same request, sent twice at once. */
async function explainTaken(
  options: AccountCreationOptions,
  actor: Actor,
  request: { key: string; hash: string } | undefined,
): Promise<string> {
  const earlier = request && (await findEarlier(options, actor, request));
  if (earlier === undefined) throw EmailTaken.with();
  return earlier;
}

async function findEarlier(
  { db }: AccountCreationOptions,
  actor: Actor,
  request: { key: string; hash: string },
): Promise<string | undefined> {
  const creation = await findCreation(db, actor.userId, request.key);
  if (creation && creation.requestHash !== request.hash) throw CreationKeyReused.with();
  return creation?.userId;
}

/** Keyed, since a password is part of what it stands for. */
function fingerprint(keys: KeyRing, input: NewPerson): string {
  const { email, display_name, role, password = null, send_link = false } = input;
  return createHmac('sha256', keys.current('token-hash').bytes)
    .update(JSON.stringify(['account creation', email, display_name, role, password, send_link]))
    .digest('hex');
}
