import { type Static, Type } from 'typebox';
import type { Account } from './accounts.queries.ts';
import { maxPasswordBytes } from './password-policy.ts';

export const Role = Type.Union([Type.Literal('user'), Type.Literal('admin'), Type.Literal('superuser')]);
export const AccountStatus = Type.Union([
  Type.Literal('pending'),
  Type.Literal('active'),
  Type.Literal('suspended'),
  Type.Literal('deactivated'),
]);

export const User = Type.Object({
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  display_name: Type.String(),
  role: Role,
  status: AccountStatus,
  email_verified: Type.Boolean(),
  created_at: Type.String({ format: 'date-time' }),
});

/** Fields as a person types them; what they must be is checked by the service, with a sentence for each. */
export const EmailField = Type.String({ minLength: 1, maxLength: 320 });
export const DisplayNameField = Type.String({ minLength: 1, maxLength: 100 });
export const PasswordField = Type.String({
  minLength: 1,
  // In UTF-16 units; the service counts bytes and names the problem.
  maxLength: maxPasswordBytes * 16,
  description: `Any characters, at most ${maxPasswordBytes} bytes.`,
});

/** An account as the wire shows it. */
export function toUser(account: Account): Static<typeof User> {
  return {
    id: account.id,
    email: account.email,
    display_name: account.displayName,
    role: account.role,
    status: account.status,
    email_verified: account.emailVerified,
    created_at: account.createdAt.toISOString(),
  };
}
