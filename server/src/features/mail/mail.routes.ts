import { type Static, Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import type { MailTransport } from '../../platform/mail/index.ts';
import { EmailField, RankTooLow } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { localeOfHeader } from './letters/languages.ts';
import { MailAlreadySent, MailNotFound } from './mail.errors.ts';
import type { StoredMessage } from './mail.queries.ts';
import type { MailService } from './mail.service.ts';

const Status = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('sent'),
  Type.Literal('stored'),
  Type.Literal('failed'),
]);
const Nullable = (text: { format?: string } = {}) => Type.Union([Type.String(text), Type.Null()]);
const message = {
  id: Type.String({ format: 'uuid' }),
  to: Type.String(),
  kind: Type.String(),
  subject: Type.String(),
  status: Status,
  attempts: Type.Integer(),
  error: Nullable(),
  created_at: Type.String({ format: 'date-time' }),
  sent_at: Nullable({ format: 'date-time' }),
};
const Message = Type.Object(message);
const ById = Type.Object({ id: Type.String({ format: 'uuid' }) });
const MailSummary = Type.Object({
  transport: Type.Union([Type.Literal('smtp'), Type.Literal('outbox')]),
  from: Type.String(),
  folder: Nullable(),
  last_error: Nullable(),
});

const access = { role: 'admin' } as const;
const tags = ['mail'];

export interface MailRoutesOptions {
  mail: MailService;
  transport: MailTransport;
  lastError(): Promise<string | null>;
}

/** Routes of administrators around mail. */
export function mailRoutes(options: MailRoutesOptions): Route[] {
  return [summaryRoute(options), testRoute(options), ...outboxRoutes(options.mail)];
}

function toMessage(stored: StoredMessage): Static<typeof Message> {
  return {
    id: stored.id,
    to: stored.recipient,
    kind: stored.kind,
    subject: stored.subject,
    status: stored.status,
    attempts: stored.attempts,
    error: stored.error,
    created_at: stored.created_at.toISOString(),
    sent_at: stored.sent_at?.toISOString() ?? null,
  };
}

function summaryRoute({ transport, lastError }: MailRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    url: '/api/v1/admin/mail',
    summary: 'How mail leaves this server',
    tags,
    access,
    scope: false,
    response: { 200: MailSummary },
    handler: async () => ({
      transport: transport.kind,
      from: transport.from.name
        ? `${transport.from.name} <${transport.from.address}>`
        : transport.from.address,
      folder: transport.folder ?? null,
      last_error: await lastError(),
    }),
  });
}

function testRoute({ mail }: MailRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/admin/mail/test',
    summary: 'Send a test message',
    description: 'What became of it is in the outbox.',
    tags,
    access,
    scope: false,
    body: Type.Object({ to: EmailField }, { additionalProperties: false }),
    response: { 202: Type.Object({ queued: Type.Literal(true) }) },
    handler: async ({ body, request }) => {
      await mail.sendTest(body.to, localeOfHeader(request.headers['accept-language']));
      return { queued: true };
    },
  });
}

function outboxRoutes(mail: MailService): Route[] {
  return [outboxRoute(mail), messageRoute(mail), retryRoute(mail)];
}

function outboxRoute(mail: MailService): Route {
  return defineRoute({
    method: 'GET',
    url: '/api/v1/admin/outbox',
    summary: 'Mails of the last 30 days, newest first',
    tags,
    access,
    scope: false,
    querystring: Type.Object(
      {
        status: Type.Optional(Status),
        cursor: Type.Optional(Type.String({ format: 'uuid' })),
        limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
      },
      { additionalProperties: false },
    ),
    response: { 200: Type.Object({ items: Type.Array(Message), next_cursor: Nullable() }) },
    handler: async ({ query }) => {
      const { status, cursor: before, limit } = query;
      const found = await mail.list({ before, status, limit: limit + 1 });
      const items = found.slice(0, limit);
      return {
        items: items.map(toMessage),
        next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null,
      };
    },
  });
}

function messageRoute(mail: MailService): Route {
  return defineRoute({
    method: 'GET',
    url: '/api/v1/admin/outbox/:id',
    summary: 'A mail with its text',
    description:
      'Only of recipients below your own rank, and on record: a link in it opens their account. The text is null once a mail server has taken the mail.',
    tags,
    access,
    scope: false,
    stepUp: true,
    params: ById,
    response: { 200: Type.Object({ ...message, text: Nullable() }) },
    errors: [MailNotFound, RankTooLow],
    handler: async ({ actor, params, request }) => {
      const read = await mail.read(actor, params.id, clientFacts(request));
      return { ...toMessage(read.message), text: read.text };
    },
  });
}

function retryRoute(mail: MailService): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/admin/outbox/:id/retry',
    summary: 'Try to deliver a mail again',
    tags,
    access,
    scope: false,
    params: ById,
    response: { 202: Message },
    errors: [MailNotFound, MailAlreadySent],
    handler: async ({ actor, params, request }) =>
      toMessage(await mail.retry(actor, params.id, clientFacts(request))),
  });
}
