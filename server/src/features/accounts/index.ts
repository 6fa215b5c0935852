export {
  AccountNotFound,
  EmailTaken,
  PasswordWorkOverloaded,
  RankTooLow,
  SuperuserExists,
} from './accounts.errors.ts';
export { accountPersonalData } from './accounts.personal.ts';
export { hasRank, hasSecondFactor, mayActOn, mayAdminister, mayGiveRole } from './accounts.policy.ts';
export {
  type Account,
  type AccountRow,
  type AccountStatus,
  type AccountWithPassword,
  accountByEmailQuery,
  accountByIdQuery,
  toAccount,
} from './accounts.queries.ts';
export { DisplayNameField, EmailField, PasswordField, Role, toUser, User } from './accounts.schemas.ts';
export {
  type AccountChanged,
  type AccountsService,
  accountChangedTopic,
  createAccountsService,
  type NewAccount,
} from './accounts.service.ts';
export { createBreachedPasswords } from './breached-passwords.ts';
export type { AccountCreatedListener } from './creation-listeners.ts';
export { canonicalEmail } from './email-address.ts';
export {
  createPasswordHasher,
  currentPasswordCost,
  type HashPriority,
  type PasswordCost,
  type PasswordHasher,
} from './password-hasher.ts';
export {
  findPasswordProblem,
  isLongEnoughAlone,
  isPasswordTooLong,
  maxPasswordBytes,
  minPasswordLength,
  minPasswordLengthWithSecondFactor,
} from './password-policy.ts';
