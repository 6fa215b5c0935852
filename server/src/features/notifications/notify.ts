import { v7 as uuidv7 } from 'uuid';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { oneLine } from '../../platform/mail/index.ts';
import type { Executor } from '../audit/index.ts';
import type { MailService, PublicLinks } from '../mail/index.ts';
import { LinkNotInternal } from './notifications.errors.ts';
import { type Channels, kindRules, type NotificationKind } from './notifications.kinds.ts';
import { findAddressee, insertNotification, markReadByKey } from './notifications.queries.ts';
import { type NotificationTexts, textsOf, type Words } from './notifications.texts.ts';

const maxTitleCharacters = 200;
const maxBodyCharacters = 2_000;
const internalPath = /^\/(?:[^/\\\s][^\\\s]{0,500})?$/;

export interface NewNotification extends Words {
  userId: string;
  kind: NotificationKind;
  /** A page of this program. */
  href: string | null;
  /** Nobody is told of the same key twice. */
  key?: string;
}

export interface Telling extends Omit<NewNotification, keyof Words> {
  /** In the language of whoever is told. */
  words(texts: NotificationTexts): Words;
}

/** To be called after the commit: nothing is lost without it, but open pages would learn of it late. */
export type AfterCommit = () => void;

export interface NotifyOptions {
  userFeed: UserFeed;
  mail: Pick<MailService, 'recipientOf' | 'queue' | 'wake'>;
  links: PublicLinks;
  mailReachesPeople(): boolean;
}

/** Tells with words that are there already. */
export type Notify = (executor: Executor, notification: NewNotification) => Promise<AfterCommit>;
export type Tell = (executor: Executor, telling: Telling) => Promise<AfterCommit>;

/**
 * Tells somebody of something, in the caller's transaction and in the ways that they chose. An account that is gone is
 * told nothing. Throws `notifications.link_not_internal`.
 */
export function createTell(options: NotifyOptions): Tell {
  return async (executor, { userId, kind, href, key, words }) => {
    if (href !== null && !internalPath.test(href)) throw LinkNotInternal.with();
    const nothing: AfterCommit = () => undefined;
    const addressee = await findAddressee(executor, userId, kind);
    if (!addressee) return nothing;
    const channels = wantedChannels(options, kind, addressee.channels);
    if (!channels.in_app && !channels.email) return nothing;
    const texts = textsOf(addressee.locale);
    const { title, body } = words(texts);
    const one = {
      ...{ id: uuidv7(), ownerId: userId, kind, href, key: key ?? null, hidden: !channels.in_app },
      title: clip(oneLine(title), maxTitleCharacters),
      body: clip(body, maxBodyCharacters),
    };
    if (!(await insertNotification(executor, one))) return nothing;
    if (channels.email) await queueMail(options, executor, texts, one);
    return () => {
      if (channels.in_app) options.userFeed.changed(userId, 'notification', one.id);
      if (channels.email) options.mail.wake();
    };
  };
}

/** Marks what people were told under these keys as read: it needs no look any more. */
export function createSettle(userFeed: UserFeed) {
  return async (executor: Executor, keys: string[]): Promise<AfterCommit> => {
    if (keys.length === 0) return () => undefined;
    const told = await markReadByKey(executor, keys);
    return () => {
      for (const { owner_id: ownerId, id } of told) userFeed.changed(ownerId, 'notification', id);
    };
  };
}
export type Settle = ReturnType<typeof createSettle>;

export function createNotify(tell: Tell): Notify {
  return (executor, { title, body, ...rest }) => tell(executor, { ...rest, words: () => ({ title, body }) });
}

function wantedChannels(
  { mailReachesPeople }: NotifyOptions,
  kind: NotificationKind,
  chosen: Channels | undefined,
): Channels {
  const { defaults, fixed } = kindRules[kind];
  if (fixed) return { in_app: defaults.in_app, email: false };
  const { in_app, email } = chosen ?? defaults;
  return { in_app, email: email && mailReachesPeople() };
}

async function queueMail(
  { mail, links }: NotifyOptions,
  executor: Executor,
  texts: NotificationTexts,
  { ownerId, title, body, href }: Words & { ownerId: string; href: string | null },
): Promise<void> {
  const recipient = await mail.recipientOf(executor, ownerId);
  if (!recipient) return;
  const letter = {
    subject: title,
    paragraphs: [title, ...(body === '' ? [] : [body])],
    ...(href === null ? {} : { link: { label: texts.open, url: links.page(href) } }),
    closing: [texts.whyMail],
  };
  await mail.queue(executor, { kind: 'notification', letter, recipient });
}

/** Text that can be stored and shown in one line or a few. */
function clip(text: string, maxCharacters: number): string {
  const clean = text.toWellFormed().replaceAll('\0', '').trim();
  return clean.length <= maxCharacters ? clean : `${clean.slice(0, maxCharacters - 1).toWellFormed()}…`;
}
