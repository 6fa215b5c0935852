import { sql } from 'kysely';
import pg from 'pg';
import { vi } from 'vitest';
import type { TestApp } from '../test-app.ts';
import type { TestBrowser } from './client.ts';

export interface OutboxItem {
  id: string;
  to: string;
  kind: string;
  subject: string;
  status: 'waiting' | 'sent' | 'stored' | 'failed';
  error: string | null;
  attempts: number;
}

/** The outbox as an administrator sees it, newest first. */
export async function readOutbox(admin: TestBrowser): Promise<OutboxItem[]> {
  const response = await admin.request('GET', '/api/v1/admin/outbox?limit=100');
  return (response.json() as { items: OutboxItem[] }).items;
}

/** The newest mail of that kind to that address. */
export async function findMail(
  admin: TestBrowser,
  kind: string,
  to: string,
): Promise<OutboxItem | undefined> {
  return (await readOutbox(admin)).find((item) => item.kind === kind && item.to === to);
}

/** Text of a mail, opened as the program does: it is encrypted in the database. */
export async function mailText(app: TestApp, kind: string, to: string): Promise<string> {
  const { rows } = await sql<{ id: string; body_sealed: string }>`
    select id, body_sealed from mail_messages where kind = ${kind} and recipient = ${to}
    order by id desc limit 1`.execute(app.platform.db);
  const row = rows[0];
  if (!row) throw new Error(`There is no mail ${kind} to ${to}.`);
  const body = app.platform.secretBox.open(row.body_sealed, `mail_messages.body ${row.id}`).reveal();
  return (JSON.parse(body) as { text: string }).text;
}

export async function countMails(app: TestApp, kind: string, to: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from mail_messages where kind = ${kind} and recipient = ${to}`.execute(app.platform.db);
  return rows[0]?.count ?? 0;
}

/** The token behind `#token=` in the newest mail of that kind. */
export async function mailedToken(app: TestApp, kind: string, to: string): Promise<string> {
  const token = /#token=([\w-]+)/.exec(await mailText(app, kind, to))?.[1];
  if (token === undefined) throw new Error(`The mail ${kind} to ${to} holds no token.`);
  return token;
}

/**
 * The statements about accounts, tokens, mails and evidence that `work` runs. Other work may go on beside it, such as the
 * sealing of earlier evidence, which comes when it comes.
 */
export async function accountStatements<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; statements: string[] }> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  const result = await work();
  const statements = spy.mock.calls
    .map(([query]) => (query as { text?: string }).text ?? String(query))
    .filter((text) =>
      /users|account_tokens|registrations|mail_messages|audit_event|count_attempts/.test(text),
    )
    .filter((text) => !/audit_unsealed u |audit_chain/.test(text));
  spy.mockRestore();
  return { result, statements };
}
