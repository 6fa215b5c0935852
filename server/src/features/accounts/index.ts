export {
  AccountNotFound,
  EmailTaken,
  PasswordWorkOverloaded,
  RankTooLow,
  SuperuserExists,
} from './accounts.errors.ts';
export { hasRank } from './accounts.policy.ts';
export {
  type Account,
  type AccountRow,
  type AccountStatus,
  type AccountWithPassword,
  accountByEmailQuery,
  toAccount,
} from './accounts.queries.ts';
export { DisplayNameField, EmailField, PasswordField, Role, toUser, User } from './accounts.schemas.ts';
export {
  type AccountChanged,
  type AccountCreatedListener,
  type AccountsService,
  accountChangedTopic,
  createAccountsService,
  type NewAccount,
} from './accounts.service.ts';
export { canonicalEmail } from './email-address.ts';
export { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
export {
  findPasswordProblem,
  isPasswordTooLong,
  maxPasswordBytes,
  minPasswordLength,
} from './password-policy.ts';
