import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FieldProblem, FieldReason, ProblemParameters } from '../../platform/errors.ts';

/** S2: where the password is the only factor. */
export const minPasswordLength = 15;
/** S2: where a second factor is enrolled or demanded. */
export const minPasswordLengthWithSecondFactor = 8;
/** S3: more is refused before anything is computed. */
export const maxPasswordBytes = 1_024;
const productNames = ['ai workflow engine', 'aiworkflowengine', 'aiwfe', 'workflow engine', 'workflowengine'];
/** What must be left of a password when the words that name the person or product are taken out. */
const minUnrelatedLength = 8;
const minContextWordLength = 4;

let commonPasswords: Set<string> | undefined;

/** The list beside this file; its header says where it comes from. */
function loadCommonPasswords(): Set<string> {
  commonPasswords ??= new Set(
    readFileSync(path.join(import.meta.dirname, 'common-passwords.txt'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  return commonPasswords;
}

export interface PasswordContext {
  email: string;
  displayName: string;
  /** False where a second factor is enrolled or demanded. By default the password stands alone. */
  isOnlyFactor?: boolean;
}

/** True when hashing it must not even begin (S3). */
export function isPasswordTooLong(password: string): boolean {
  return password.length > maxPasswordBytes || Buffer.byteLength(password) > maxPasswordBytes;
}

/** S2: whether a password may be the only factor. */
export function isLongEnoughAlone(password: string): boolean {
  return [...password].length >= minPasswordLength;
}

/** Returns why a new password is refused (S2–S4), or nothing. Any character is allowed and none is changed. */
export function findPasswordProblem(
  password: string,
  context: PasswordContext,
  field = 'password',
): FieldProblem | undefined {
  const refuse = (detail: string, reason: FieldReason, params?: ProblemParameters): FieldProblem => ({
    field,
    detail,
    reason,
    ...(params ? { params } : {}),
  });
  if (isPasswordTooLong(password))
    return refuse(`is longer than ${maxPasswordBytes} bytes`, 'too_many_bytes', {
      limit_bytes: maxPasswordBytes,
    });
  const minLength = context.isOnlyFactor === false ? minPasswordLengthWithSecondFactor : minPasswordLength;
  if ([...password].length < minLength)
    return refuse(
      `needs at least ${minLength} characters; a few words that belong to you only are easy to keep`,
      'password_short',
      { limit: minLength },
    );
  const plain = password.normalize('NFKC').toLowerCase();
  if (isCommon(plain)) return refuse('is among the passwords that are tried first', 'password_common');
  if (isRelatedToContext(plain, context))
    return refuse(
      'is too close to your name, your e-mail address or the name of this product',
      'password_related',
    );
  return undefined;
}

function isCommon(plain: string): boolean {
  const list = loadCommonPasswords();
  const letters = unmask(plain);
  const unit = repeatedUnit(plain);
  return (
    list.has(plain) ||
    list.has(letters) ||
    list.has(letters.replace(/[^a-z]+$/, '')) ||
    unit.length <= 4 ||
    (unit.length < plain.length && (list.has(unit) || list.has(unmask(unit)))) ||
    isRun(plain)
  );
}

const masks: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Letters behind the usual replacements. */
function unmask(text: string): string {
  return text.replace(/[013457@$!]/g, (character) => masks[character] ?? character).replace(/[\s._-]/g, '');
}

/** The shortest piece that, written again and again, gives the text (the prefix function of Knuth, Morris and Pratt). */
function repeatedUnit(text: string): string {
  const border: number[] = [0];
  for (let i = 1, length = 0; i < text.length; i++) {
    while (length > 0 && text[i] !== text[length]) length = border[length - 1] ?? 0;
    if (text[i] === text[length]) length += 1;
    border.push(length);
  }
  const unitLength = text.length - (border.at(-1) ?? 0);
  return text.slice(0, unitLength);
}

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
];

/** Along the alphabet, the digits or the keyboard, forwards or backwards, from end to end. */
function isRun(text: string): boolean {
  return rows.some((row) => {
    const endless = row.repeat(3);
    const backwards = [...endless].reverse().join('');
    return endless.includes(text.slice(0, 60)) || backwards.includes(text.slice(0, 60));
  });
}

function isRelatedToContext(plain: string, context: PasswordContext): boolean {
  const email = context.email.normalize('NFKC').toLowerCase();
  const local = email.split('@', 1)[0] ?? '';
  const name = context.displayName.normalize('NFKC').toLowerCase();
  const words = [
    email,
    name,
    name.replaceAll(' ', ''),
    local,
    ...name.split(/\s+/),
    ...local.split(/[._+-]/),
    ...productNames,
  ];
  const relevant = [...new Set(words)]
    .filter((word) => word.length >= minContextWordLength)
    .sort((a, b) => b.length - a.length);
  let rest = plain;
  for (const word of relevant) rest = rest.replaceAll(word, '');
  return rest.length < plain.length && rest.length < minUnrelatedLength;
}
