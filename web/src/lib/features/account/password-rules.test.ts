import { describe, expect, it } from 'vitest';
import { passwordRules } from './password-rules.ts';

const context = { minLength: 15, maxBytes: 1024, personal: ['ada@example.org', 'Ada Lovelace'] };
const unmet = (password: string) =>
  passwordRules(password, context)
    .filter((rule) => !rule.met)
    .map((rule) => rule.key);

describe('passwordRules', () => {
  it('S2: asks for the minimum length in characters, not in UTF-16 units', () => {
    expect(unmet('😀'.repeat(14))).toEqual(['account.password.rule_length']);
    expect(unmet('😀'.repeat(15))).toEqual([]);
  });

  it('S3: refuses more bytes than the server takes', () => {
    expect(unmet('x'.repeat(1025))).toEqual(['account.password.rule_bytes']);
  });

  it('S4: refuses the own name and e-mail', () => {
    expect(unmet('Lovelace-Lovelace')).toEqual(['account.password.rule_personal']);
    expect(unmet('my ada@example.org key')).toEqual(['account.password.rule_personal']);
  });

  it('has nothing met while nothing is typed', () => {
    expect(unmet('')).toEqual(['account.password.rule_length', 'account.password.rule_personal']);
  });
});
