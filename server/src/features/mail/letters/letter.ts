import type { NoticeKind } from '../../notices/index.ts';

/** Letters that are not notices: each belongs to one step that a person takes. */
export type LetterKind =
  | 'verify_email'
  | 'reset_password'
  | 'choose_password'
  | 'confirm_old_email'
  | 'confirm_new_email'
  | 'email_in_use'
  | 'already_registered'
  | 'invitation'
  | 'sign_in_code'
  | 'test';

/** `notification`: what people asked to be told by mail. */
export type MailKind = NoticeKind | LetterKind | 'notification';

/** Plain values for the sentences; `link` is the address of the button. */
export type LetterValues = Record<string, string>;

/** What a letter says, before it becomes text and HTML. */
export interface Letter {
  subject: string;
  paragraphs: string[];
  /** Facts in two columns. */
  facts?: [label: string, value: string][];
  link?: { label: string; url: string };
  /** A code to be read and typed. */
  code?: string;
  closing?: string[];
}

/** All sentences of one language. */
export interface MailLanguage {
  tag: string;
  greeting(name: string): string;
  /** Says who writes and why no answer is read. */
  footer(origin: string): string;
  /** Under a button, for programs that show none. */
  linkHint: string;
  labels: Record<FactName, string>;
  notices: Record<NoticeKind, NoticeText>;
  noticeLinks: Record<NoticeTarget, string>;
  /** What to do when it was not the person themselves. */
  notYou: Record<NoticeTarget, string>;
  letters: Record<LetterKind, (values: LetterValues) => Letter>;
}

/** Where the button of a notice leads; `none` for people who cannot sign in any more. */
export type NoticeTarget = 'security' | 'alerts' | 'none';

export interface NoticeText {
  subject: string;
  sentence(facts: LetterValues): string;
}

/** Facts that are shown in a table, in this order. */
export const factNames = ['time', 'device', 'place', 'address', 'name', 'role', 'email', 'proof'] as const;
export type FactName = (typeof factNames)[number];

const targets: Partial<Record<NoticeKind, NoticeTarget>> = {
  new_device: 'alerts',
  unusual_sign_in: 'alerts',
  sign_in_blocked: 'alerts',
  account_suspended: 'none',
  account_deleted: 'none',
};

export function noticeTarget(kind: NoticeKind): NoticeTarget {
  return targets[kind] ?? 'security';
}

export interface LetterFrame {
  language: MailLanguage;
  displayName: string;
  /** Address of this installation, shown in the footer. */
  origin: string;
}

/** The letter as plain text and as simple HTML: no images, no scripts, nothing that is loaded from anywhere. */
export function renderLetter(letter: Letter, frame: LetterFrame): { text: string; html: string } {
  const { language } = frame;
  const greeting = language.greeting(frame.displayName);
  const footer = language.footer(frame.origin);
  return { text: renderText(letter, greeting, footer), html: renderHtml(letter, language, greeting, footer) };
}

function renderText(letter: Letter, greeting: string, footer: string): string {
  const facts = (letter.facts ?? []).map(([label, value]) => `  ${label}: ${value}`).join('\n');
  const parts = [
    greeting,
    ...letter.paragraphs,
    facts,
    letter.code === undefined ? '' : `  ${letter.code}`,
    letter.link ? `${letter.link.label}:\n${letter.link.url}` : '',
    ...(letter.closing ?? []),
    `-- \n${footer}`,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function renderHtml(letter: Letter, language: MailLanguage, greeting: string, footer: string): string {
  const paragraph = (text: string): string => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`;
  const body = [
    paragraph(greeting),
    ...letter.paragraphs.map(paragraph),
    factsTable(letter.facts ?? []),
    letter.code === undefined ? '' : codeBlock(letter.code),
    letter.link ? button(letter.link, language.linkHint) : '',
    ...(letter.closing ?? []).map(paragraph),
    `<p style="margin:32px 0 0;color:#667085;font-size:13px">${escapeHtml(footer)}</p>`,
  ].join('\n');
  return `<!doctype html>
<html lang="${language.tag}"><head><meta charset="utf-8"><title>${escapeHtml(letter.subject)}</title></head>
<body style="margin:0;padding:24px;background:#ffffff;color:#1d2433;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:560px;margin:0 auto">
${body}
</div></body></html>
`;
}

function factsTable(facts: [string, string][]): string {
  if (facts.length === 0) return '';
  const rows = facts.map(
    ([label, value]) =>
      `<tr><th align="left" style="padding:2px 16px 2px 0;color:#667085;font-weight:400">${escapeHtml(label)}</th>` +
      `<td style="padding:2px 0">${escapeHtml(value)}</td></tr>`,
  );
  return `<table role="presentation" style="margin:0 0 16px;border-collapse:collapse">${rows.join('')}</table>`;
}

function codeBlock(code: string): string {
  return `<p style="margin:0 0 16px;font:600 24px/1.4 ui-monospace,monospace;letter-spacing:2px">${escapeHtml(code)}</p>`;
}

function button(link: { label: string; url: string }, hint: string): string {
  const url = escapeHtml(link.url);
  return `<p style="margin:0 0 16px"><a href="${url}" style="display:inline-block;padding:10px 18px;border-radius:8px;background:#3b5bdb;color:#ffffff;text-decoration:none">${escapeHtml(link.label)}</a></p>
<p style="margin:0 0 16px;color:#667085;font-size:13px">${escapeHtml(hint)}<br>${url}</p>`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
