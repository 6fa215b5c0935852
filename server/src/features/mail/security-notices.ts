import type { MailTransport } from '../../platform/mail/index.ts';
import { oneLine } from '../../platform/mail/index.ts';
import type { NoticeKind, NoticeSender } from '../notices/index.ts';
import { labelOfUserAgent } from '../sessions/index.ts';
import { languageOf } from './letters/languages.ts';
import { factNames, type Letter, type LetterValues, noticeTarget } from './letters/letter.ts';
import type { Recipient } from './mail.queries.ts';
import type { MailService } from './mail.service.ts';
import type { PublicLinks } from './public-links.ts';

const pages = { security: '/security', alerts: '/security/alerts', none: undefined } as const;

/** Turns notices of security changes into mails in the person's language and time zone (S9). */
export function createNoticeSender(options: {
  mail: MailService;
  links: PublicLinks;
  transport: MailTransport;
  clock: () => Date;
}): NoticeSender {
  const { mail, links, transport, clock } = options;
  return {
    async send(executor, userId, { kind, facts }) {
      const recipient = await mail.recipientOf(executor, userId);
      if (!recipient) return;
      const letter = noticeLetter(kind, facts, recipient, links, clock());
      // The last mail about an account must outlive it.
      const to = kind === 'account_deleted' ? { ...recipient, userId: undefined } : recipient;
      await mail.queue(executor, { kind, letter, recipient: to });
    },
    reachesPeople: () => transport.kind === 'smtp',
    async sendSignInCode(executor, userId, code) {
      const recipient = await mail.recipientOf(executor, userId);
      if (recipient) await mail.write(executor, recipient, 'sign_in_code', { code });
    },
  };
}

/** The letter of a notice, which may also go to an address that the account had until now. */
export function noticeLetter(
  kind: NoticeKind,
  facts: LetterValues,
  recipient: Recipient,
  links: PublicLinks,
  now: Date,
): Letter {
  const language = languageOf(recipient.locale);
  const text = language.notices[kind];
  const target = noticeTarget(kind);
  const page = pages[target];
  const known: LetterValues = {
    ...(facts.user_agent ? { device: labelOfUserAgent(facts.user_agent) } : {}),
    ...spellDates(facts, recipient),
    time: formatTime(timeOf(facts, now), recipient),
  };
  return {
    subject: text.subject,
    paragraphs: [text.sentence(known)],
    facts: factNames.flatMap((name): [string, string][] =>
      known[name] ? [[language.labels[name], oneLine(known[name])]] : [],
    ),
    ...(page === undefined ? {} : { link: { label: language.noticeLinks[target], url: links.page(page) } }),
    closing: kind === 'account_approved' ? [] : [language.notYou[target]],
  };
}

function timeOf(facts: LetterValues, now: Date): Date {
  const given = facts.time ?? facts.at;
  const time = given === undefined ? now : new Date(given);
  return Number.isNaN(time.getTime()) ? now : time;
}

/** ISO times among the facts are for people to read. */
function spellDates(facts: LetterValues, recipient: Recipient): LetterValues {
  const entries = Object.entries(facts).map(([name, value]) => {
    const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
    return [name, isTime ? formatTime(new Date(value), recipient) : value];
  });
  return Object.fromEntries(entries) as LetterValues;
}

function formatTime(time: Date, { locale, timeZone }: Recipient): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone,
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(time);
}
