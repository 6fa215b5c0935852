import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import { type FieldProblem, ValidationFailed } from '../../platform/errors.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Role } from '../../platform/http/route.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { type AuditTrail, type ClientFacts, type Executor, storable } from '../audit/index.ts';
import { AccountNotFound, EmailTaken, RankTooLow, SuperuserExists } from './accounts.errors.ts';
import { mayAdminister, mayGiveRole } from './accounts.policy.ts';
import {
  type Account,
  type AccountStatus,
  type AccountWithPassword,
  demandPasswordChange,
  findAccountByEmail,
  findAccountById,
  insertAccount,
  lockAccount,
  mayBeStrangers,
  type NewAccountRow,
  removePassword,
  replaceEmail,
  replacePasswordHash,
  storeEmailVerified,
  storeNewPassword,
  superuserExists,
  updateStanding,
} from './accounts.queries.ts';
import type { BreachedPasswords } from './breached-passwords.ts';
import { createCreationListeners } from './creation-listeners.ts';
import { canonicalEmail } from './email-address.ts';
import type { HashPriority, PasswordHasher } from './password-hasher.ts';
import { findPasswordProblem } from './password-policy.ts';

/** Published after the commit of a change that ends sessions or alters what caches know of an account. */
export const accountChangedTopic = 'accounts.changed';
export interface AccountChanged {
  user_id: string;
}

/** Every way to the first superuser takes this lock, so that exactly one wins (S11). */
const firstSuperuserLockKey = 7_103_441_911;

export interface NewAccount {
  email: string;
  displayName: string;
  password: string;
}

/** Who changes somebody's standing. */
export interface AccountActor {
  userId: string;
  role: Role;
}

export type AccountsService = ReturnType<typeof createAccountsService>;

export interface AccountsOptions {
  db: Database;
  bus: EventBus;
  audit: AuditTrail;
  hasher: PasswordHasher;
  log: Logger;
  /** Where new passwords are looked up among stolen ones; nowhere by default (S4). */
  breached?: BreachedPasswords | undefined;
}

/** Accounts: creation, standing (role and status by rank, S12), passwords. Routes of administration come on top of it. */
export function createAccountsService(options: AccountsOptions) {
  const { db, bus, audit, hasher, breached } = options;
  const created = createCreationListeners(options.log);
  const announce = (userId: string): void =>
    bus.publish(accountChangedTopic, { user_id: userId } satisfies AccountChanged);

  /**
   * Hashes a password that somebody chose. The last thing that is done with it, behind all limits: it may ask another
   * server whether the password is among stolen ones. Throws `validation_failed`, `auth.busy`.
   */
  const hashNew = async (
    password: string,
    { field = 'password', priority }: { field?: string; priority?: HashPriority } = {},
  ): Promise<string> => {
    if (await breached?.includes(password))
      throw ValidationFailed.with({
        errors: [
          { field, detail: 'is among passwords that were stolen elsewhere', reason: 'password_stolen' },
        ],
      });
    return hasher.hash(password, priority);
  };

  const changeStanding = async (
    actor: AccountActor,
    userId: string,
    change: { role?: Role; status?: AccountStatus },
    client: ClientFacts,
  ): Promise<Account> => {
    const changed = await db.transaction().execute(async (trx) => {
      const target = await lockAccount(trx, userId);
      if (!target) throw AccountNotFound.with();
      const allowed = change.role
        ? mayGiveRole(actor.role, target.role, change.role)
        : mayAdminister(actor.role, target.role);
      if (!allowed)
        throw RankTooLow.with({
          detail: 'Nobody may change an account of equal or higher rank.',
          reason: 'rank',
        });
      const account = await updateStanding(trx, userId, change);
      if (!account) throw AccountNotFound.with();
      await audit.record(trx, {
        action: change.role ? 'account.role_changed' : 'account.status_changed',
        outcome: 'success',
        actorId: actor.userId,
        subjectId: userId,
        details: change.role
          ? { from: target.role, to: change.role }
          : { from: target.status, to: change.status ?? target.status },
        personal: { address: client.address, userAgent: client.userAgent },
      });
      return account;
    });
    announce(userId);
    return changed;
  };

  return {
    /** Told about each new account after its commit; wired by compose. */
    onAccountCreated: created.add,
    /** Ends when the listeners told so far are done; call before the database closes. */
    settle: created.settle,

    /**
     * Creates an active account for whoever runs the machine; ranks do not bind them. They may add superusers at any
     * time (it is the way back in when all others are lost); doing so before set-up replaces set-up.
     * Throws `validation_failed`, `accounts.email_taken`.
     */
    async createUserByOperator(input: NewAccount & { role: Role }): Promise<Account> {
      const checked = checkNewAccount(input);
      const passwordHash = await hashNew(input.password);
      const account = await db.transaction().execute(async (trx) => {
        if (input.role === 'superuser')
          await sql`select pg_advisory_xact_lock(${firstSuperuserLockKey})`.execute(trx);
        const stored = await insertAccount(trx, {
          ...checked,
          passwordHash,
          role: input.role,
          status: 'active',
        });
        if (!stored) throw EmailTaken.with();
        await audit.record(trx, {
          action: 'account.created',
          outcome: 'success',
          subjectId: stored.id,
          factor: 'operator',
          details: { role: input.role },
        });
        return stored;
      });
      created.tell(account);
      return account;
    },

    /** True until there is a superuser. */
    isSetupRequired: async (): Promise<boolean> => !(await superuserExists(db)),

    /** Refuses what cannot become an account, by field. Throws `validation_failed`. */
    checkNewAccount,

    /** The same for somebody who gets no password yet. */
    checkNewPerson(input: Pick<NewAccount, 'email' | 'displayName'>): NewAccountFields {
      const { fields, errors } = checkIdentity(input);
      if (errors.length > 0) throw ValidationFailed.with({ errors });
      return fields;
    },

    hashNewPassword: hashNew,

    /**
     * Creates the one first superuser in the caller's transaction (S11): others wait for the lock and then find it.
     * `proveRight` runs under the lock. Throws `setup.already_done`, `accounts.email_taken`.
     */
    async createFirstSuperuser(
      trx: DatabaseTransaction,
      input: NewAccount,
      passwordHash: string,
      proveRight: () => Promise<void>,
    ): Promise<Account> {
      await sql`select pg_advisory_xact_lock(${firstSuperuserLockKey})`.execute(trx);
      if (await superuserExists(trx)) throw SuperuserExists.with();
      await proveRight();
      const stored = await insertAccount(trx, {
        ...checkNewAccount(input),
        passwordHash,
        role: 'superuser',
        status: 'active',
      });
      if (!stored) throw EmailTaken.with();
      await audit.record(trx, {
        action: 'account.created',
        outcome: 'success',
        subjectId: stored.id,
        factor: 'setup_code',
        details: { role: 'superuser' },
      });
      return stored;
    },

    /** Tells the listeners; after the commit of `createFirstSuperuser`. */
    announceCreated: created.tell,

    /**
     * Stores an account without a password, whose address an identity provider has verified; `undefined` when the
     * address is taken. Call `announceCreated` after the commit.
     */
    async registerProven(
      trx: Executor,
      input: Pick<NewAccount, 'email' | 'displayName'> & { status: AccountStatus; factor: string },
      client: ClientFacts,
    ): Promise<Account | undefined> {
      const checked = checkIdentity(input);
      if (checked.errors.length > 0) throw ValidationFailed.with({ errors: checked.errors });
      const stored = await insertAccount(trx, {
        ...checked.fields,
        passwordHash: undefined,
        emailVerified: true,
        role: 'user',
        status: input.status,
      });
      await audit.record(trx, {
        action: 'account.registered',
        outcome: stored ? 'success' : 'failure',
        subjectId: stored?.id,
        factor: input.factor,
        ...(stored ? {} : { code: EmailTaken.code }),
        personal: {
          email: checked.fields.emailCanonical,
          address: client.address,
          userAgent: client.userAgent,
        },
      });
      return stored;
    },

    /**
     * Stores an account in the caller's transaction; `undefined` when the address is taken. `checked` is the answer of
     * `checkNewAccount`. Call `announceCreated` after the commit.
     */
    async storeNew(
      trx: Executor,
      input: NewAccountRow & { factor: string; actorId?: string },
      client: ClientFacts,
    ): Promise<Account | undefined> {
      const { factor, actorId, ...row } = input;
      const stored = await insertAccount(trx, row);
      await audit.record(trx, {
        action: 'account.registered',
        outcome: stored ? 'success' : 'failure',
        actorId,
        subjectId: stored?.id,
        factor,
        ...(stored ? { details: { role: row.role } } : { code: EmailTaken.code }),
        personal: { email: row.emailCanonical, address: client.address, userAgent: client.userAgent },
      });
      return stored;
    },

    findByEmail: (executor: Executor, canonical: string): Promise<AccountWithPassword | undefined> =>
      findAccountByEmail(executor, canonical),

    /** True while nobody proved the address of an account that anybody could have made (S10). */
    mayBeStrangers: (executor: Executor, id: string): Promise<boolean> => mayBeStrangers(executor, id),

    /** In the caller's transaction. Call `announceChanged` after the commit, as after the two below. */
    markEmailVerified: (trx: Executor, id: string): Promise<void> => storeEmailVerified(trx, id),

    removePassword: (trx: Executor, id: string): Promise<void> => removePassword(trx, id),

    /** False when the address belongs to another account. */
    replaceEmail: (
      trx: Executor,
      id: string,
      next: { email: string; emailCanonical: string },
    ): Promise<boolean> => replaceEmail(trx, id, next),

    findAccount: (id: string): Promise<AccountWithPassword | undefined> => findAccountById(db, id),

    /** The account when it may act now; `undefined` for suspended, pending, deactivated and unknown ones. */
    async findActiveUser(id: string): Promise<Account | undefined> {
      const account = await findAccountById(db, id);
      return account?.status === 'active' ? account : undefined;
    },

    lock: (trx: Executor, id: string): Promise<AccountWithPassword | undefined> => lockAccount(trx, id),

    /** Throws `accounts.not_found`, `auth.forbidden`. All sessions of the account end. */
    changeRole: (actor: AccountActor, userId: string, role: Role, client: ClientFacts): Promise<Account> =>
      changeStanding(actor, userId, { role }, client),

    /** Throws `accounts.not_found`, `auth.forbidden`. All sessions of the account end. */
    changeStatus: (
      actor: AccountActor,
      userId: string,
      status: AccountStatus,
      client: ClientFacts,
    ): Promise<Account> => changeStanding(actor, userId, { status }, client),

    verifyPassword: (
      account: AccountWithPassword | undefined,
      password: string,
      priority: HashPriority = 'unknown',
    ) => hasher.verify(account?.passwordHash, password, priority),

    /** Whether a password is the one of a hash that belongs to no account yet. */
    matchesHash: async (hash: string, password: string): Promise<boolean> =>
      (await hasher.verify(hash, password)).matches,

    /** Replaces an older kind of hash of the password that was just proved (S1). */
    async upgradeHash(account: AccountWithPassword, password: string): Promise<void> {
      if (account.passwordHash === undefined) return;
      await replacePasswordHash(db, account.id, account.passwordHash, await hasher.hash(password, 'known'));
    },

    /** Lets the next sessions of the account do nothing but choose another password than this one. */
    async demandPasswordChange(account: AccountWithPassword): Promise<void> {
      if (account.passwordHash === undefined) return;
      const isNew = await demandPasswordChange(db, account.id, account.passwordHash);
      if (!isNew) return;
      await audit.record(db, {
        action: 'account.password_change_required',
        outcome: 'success',
        subjectId: account.id,
        details: { reason: 'too_short_alone' },
      });
    },

    /** Closes an account for good: no way of signing in, every session dead. Call `announceChanged` after the commit. */
    async close(trx: Executor, id: string): Promise<void> {
      await removePassword(trx, id);
      await updateStanding(trx, id, { status: 'deactivated' });
    },

    /** Stores a new password's hash; returns the new session version. Call `announceChanged` after the commit. */
    storePassword: (trx: Executor, userId: string, hash: string): Promise<number> =>
      storeNewPassword(trx, userId, hash),

    announceChanged: announce,
  };
}

interface NewAccountFields {
  id: string;
  email: string;
  emailCanonical: string;
  displayName: string;
}

function checkIdentity(input: Pick<NewAccount, 'email' | 'displayName'>): {
  fields: NewAccountFields;
  errors: FieldProblem[];
} {
  const errors: FieldProblem[] = [];
  const emailCanonical = canonicalEmail(input.email);
  const displayName = storable(input.displayName, 100);
  if (emailCanonical === undefined)
    errors.push({ field: 'email', detail: 'is not an e-mail address', reason: 'not_email' });
  if (displayName === '') errors.push({ field: 'display_name', detail: 'is empty', reason: 'empty' });
  const fields = {
    id: uuidv7(),
    email: storable(input.email, 254),
    emailCanonical: emailCanonical ?? '',
    displayName,
  };
  return { fields, errors };
}

function checkNewAccount(input: NewAccount): NewAccountFields {
  const { fields, errors } = checkIdentity(input);
  const { emailCanonical, displayName } = fields;
  const problem = findPasswordProblem(input.password, { email: emailCanonical, displayName });
  if (problem) errors.push(problem);
  if (errors.length > 0) throw ValidationFailed.with({ errors });
  return fields;
}
