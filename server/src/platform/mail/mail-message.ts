/** A letter to one person, ready to be sent. */
export interface OutgoingMail {
  /** Without angle brackets; the same for each attempt, so that a repeated letter can be recognised (RFC 5322 §3.6.4). */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  date: Date;
}

/** One address for the header and the envelope: no list, no display name, nothing that could begin another header. */
export interface MailAddress {
  name: string;
  address: string;
}

/** A letter was not taken. `permanent`: trying again would not help. */
export class MailFailure extends Error {
  readonly permanent: boolean;

  constructor(sentence: string, options: { permanent: boolean; cause?: unknown }) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MailFailure';
    this.permanent = options.permanent;
  }
}

const addressShape = /^[^\s\p{Cc}@",:;<>()[\]\\]{1,64}@[^\s\p{Cc}@",:;<>()[\]\\]{1,253}$/u;

/** Reads `Name <address>` or a bare address; `undefined` when it is neither. */
export function parseMailAddress(text: string): MailAddress | undefined {
  const named = /^([^<>\p{Cc}]{0,200})<([^<>]{3,320})>$/u.exec(text.trim());
  const address = (named?.[2] ?? text).trim();
  const name = (named?.[1] ?? '').trim().replace(/^"(.*)"$/, '$1');
  return addressShape.test(address) ? { name, address } : undefined;
}

/**
 * What goes into a header must be one line: a line break in a name or subject could begin a header of its own or the
 * body. The library encodes such text as well; this does not rely on it.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}
