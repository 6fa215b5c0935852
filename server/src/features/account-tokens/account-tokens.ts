import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { Type } from 'typebox';
import { randomText } from '../../platform/crypto/random-text.ts';
import { defineError } from '../../platform/errors.ts';
import type { Executor } from '../audit/index.ts';

export const LinkInvalid = defineError(
  'auth.link_invalid',
  400,
  'Link does not work any more',
  'This link was used already, is too old, or is not complete. Ask for a new one.',
);

export type TokenPurpose = 'verify_email' | 'reset_password' | 'confirm_old_email' | 'confirm_new_email';

/** What a token acts on: exactly one of these. */
export type TokenOwner = { userId: string } | { registrationId: string } | { emailChangeId: string };

export interface AccountToken {
  purpose: TokenPurpose;
  userId: string | undefined;
  registrationId: string | undefined;
  emailChangeId: string | undefined;
  bindingHash: Buffer | undefined;
}

/** As it stands behind `#token=` in a link. */
export const MailedToken = Type.String({ minLength: 1, maxLength: 200 });

/** Nobody has this id; it stands in where there is no account, so that the same statements run (S5). */
export const nobody = '00000000-0000-0000-0000-000000000000';

/** 256 bits (S8 wants 128), so that nobody guesses one however long they try. */
const tokenBytes = 32;

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** SHA-256 of what a browser can prove to be its own; nothing where it proves nothing. */
export function bindingHash(binding: string | undefined): Buffer | undefined {
  return binding === undefined ? undefined : hashOf(`binding ${binding}`);
}

/** True when both are there and the same. */
export function isSameBinding(stored: Buffer | null | undefined, binding: string | undefined): boolean {
  const given = bindingHash(binding);
  return stored && given ? given.equals(stored) : false;
}

/**
 * Makes a token for a link in a mail; only its hash is stored (S8). `wanted` false does the same and stores nothing,
 * for answers that must not tell the two apart (S5).
 */
export async function issueAccountToken(
  executor: Executor,
  input: {
    purpose: TokenPurpose;
    owner: TokenOwner;
    lifetimeSeconds: number;
    binding?: string | undefined;
    wanted?: boolean;
  },
): Promise<string> {
  const token = randomText(tokenBytes);
  const owner = { userId: null, registrationId: null, emailChangeId: null, ...input.owner };
  await sql`
    insert into account_tokens (token_hash, purpose, user_id, registration_id, email_change_id, binding_hash, expires_at)
    select ${hashOf(token)}::bytea, ${input.purpose}, ${owner.userId}::uuid, ${owner.registrationId}::uuid,
      ${owner.emailChangeId}::uuid, ${bindingHash(input.binding) ?? null}::bytea,
      now() + ${input.lifetimeSeconds} * interval '1 second'
    where ${input.wanted ?? true}::boolean`.execute(executor);
  return token;
}

interface TokenRow {
  purpose: TokenPurpose;
  user_id: string | null;
  registration_id: string | null;
  email_change_id: string | null;
  binding_hash: Buffer | null;
}

const columns = sql`purpose, user_id, registration_id, email_change_id, binding_hash`;

const toToken = (row: TokenRow): AccountToken => ({
  purpose: row.purpose,
  userId: row.user_id ?? undefined,
  registrationId: row.registration_id ?? undefined,
  emailChangeId: row.email_change_id ?? undefined,
  bindingHash: row.binding_hash ?? undefined,
});

/** Looks without consuming. */
export async function findAccountToken(
  executor: Executor,
  token: string,
  purposes: TokenPurpose[],
): Promise<AccountToken | undefined> {
  const { rows } = await sql<TokenRow>`
    select ${columns} from account_tokens
    where token_hash = ${hashOf(token)} and purpose = any(${purposes}) and expires_at > now()`.execute(
    executor,
  );
  return rows[0] && toToken(rows[0]);
}

/** Consumes: of any number of parallel attempts exactly one gets the token. Throws `auth.link_invalid`. */
export async function consumeAccountToken(
  executor: Executor,
  token: string,
  purposes: TokenPurpose[],
): Promise<AccountToken> {
  const { rows } = await sql<TokenRow>`
    delete from account_tokens
    where token_hash = ${hashOf(token)} and purpose = any(${purposes}) and expires_at > now()
    returning ${columns}`.execute(executor);
  const row = rows[0];
  if (!row) throw LinkInvalid.with();
  return toToken(row);
}

/** Makes every link of that purpose to a person useless. */
export async function removeAccountTokens(
  executor: Executor,
  userId: string,
  purpose: TokenPurpose,
): Promise<void> {
  await sql`delete from account_tokens where user_id = ${userId} and purpose = ${purpose}`.execute(executor);
}

export async function removeExpiredTokens(executor: Executor): Promise<void> {
  await sql`delete from account_tokens where expires_at < now()`.execute(executor);
}
