export interface PasswordRule {
  key: 'account.password.rule_length' | 'account.password.rule_bytes' | 'account.password.rule_personal';
  met: boolean;
}

export interface PasswordContext {
  minLength: number;
  maxBytes: number;
  /** E-mail and name; a password must not be one of these (NIST SP 800-63B-4, 3.1.1.2). */
  personal: string[];
}

/**
 * The rules a new password is checked against while it is typed. The server decides; it also refuses the most
 * common passwords, which are not shipped to the browser.
 */
export function passwordRules(password: string, context: PasswordContext): PasswordRule[] {
  const folded = password.toLowerCase();
  const personal = context.personal
    .flatMap((each) => [each, ...each.split(/[\s@]+/)])
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each.length >= 4);
  const rules: PasswordRule[] = [
    { key: 'account.password.rule_length', met: [...password].length >= context.minLength },
    {
      key: 'account.password.rule_personal',
      met: password.length > 0 && !personal.some((each) => folded.includes(each)),
    },
  ];
  const fits = new TextEncoder().encode(password).length <= context.maxBytes;
  if (!fits) rules.push({ key: 'account.password.rule_bytes', met: false });
  return rules;
}
