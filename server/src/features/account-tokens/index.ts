export {
  type AccountToken,
  bindingHash,
  consumeAccountToken,
  findAccountToken,
  isSameBinding,
  issueAccountToken,
  LinkInvalid,
  MailedToken,
  nobody,
  removeAccountTokens,
  removeExpiredTokens,
  type TokenPurpose,
} from './account-tokens.ts';
