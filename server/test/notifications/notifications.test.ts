import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { insertNotification } from '../../src/features/notifications/notifications.queries.ts';
import { createNotificationService } from '../../src/features/notifications/notifications.service.ts';
import { noteWorkflowEvent } from '../../src/features/workflows/index.ts';
import type { FeedChange } from '../../src/platform/events/user-feed.ts';
import { type SmtpPeer, startSmtpPeer } from '../peers/smtp-peer.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, WorkflowClient } from '../workflows/workflow-world.ts';
import { type Listed, type Told, toldTo } from './told.ts';

let app: TestApp;
let peer: SmtpPeer;
let ada: WorkflowClient;
let bob: WorkflowClient;

beforeAll(async () => {
  peer = await startSmtpPeer();
  app = await createTestApp({
    environ: { SMTP_URL: `smtp://127.0.0.1:${peer.port}`, MAIL_FROM: 'Engine <engine@example.org>' },
  });
});
beforeEach(async () => {
  ada = new WorkflowClient(app, await app.person());
  bob = new WorkflowClient(app, await app.person());
});
afterAll(async () => {
  await app.stop();
  await peer.stop();
});

const send = async (who: WorkflowClient, input: object) => {
  const run = await who.finish(
    chain([{ id: 'tell', type: 'tool', config: { tool: 'notifications.send', input } }]),
  );
  return { run, error: run.error };
};
const prefer = (who: WorkflowClient, ...items: object[]) =>
  who.call<{ code: string; items: { kind: string }[] }>('PUT', '/notifications/preferences', { items });
const asking = (config: object = {}) =>
  chain([{ id: 'ask', type: 'approval', config: { title: 'Send it?', ...config } }]);
/** Starts a run as a webhook would, so that a trigger stands behind it. */
async function triggered(who: WorkflowClient, definition: object, name: string): Promise<string> {
  const workflowId = await who.create(definition, name);
  const { body } = await who.call<{ id: string }>('POST', `/workflows/${workflowId}/triggers`, {
    kind: 'schedule',
    config: { cron: '0 0 1 1 *', time_zone: 'UTC', missed: 'once' },
  });
  await sql`update workflow_triggers set next_fire_at = now() - interval '1 second' where id = ${body.id}`.execute(
    app.platform.db,
  );
  return vi.waitFor(
    async () => {
      const runs = await who.call<{ items: { id: string }[] }>('GET', `/runs?workflow_id=${workflowId}`);
      expect(runs.body.items).toHaveLength(1);
      return runs.body.items[0]!.id;
    },
    { timeout: 120_000, interval: 50 },
  );
}

describe('the list', () => {
  it('holds what a workflow sent, with its run to look at, and tells open pages', async () => {
    const changes: FeedChange[] = [];
    const unsubscribe = app.platform.userFeed.subscribe(ada.person.userId, (change) => changes.push(change));
    const { run } = await send(ada, { title: 'Backup is\ndone', body: '12 files' });
    unsubscribe();
    const { items, unread_count } = await toldTo(ada);
    expect(items).toMatchObject([
      { kind: 'workflow', title: 'Backup is done', body: '12 files', href: `/runs/${run.id}`, read_at: null },
    ]);
    expect(unread_count).toBe(1);
    expect(changes).toContainEqual({ kind: 'notification', id: items[0]?.id });
  });

  it('is read page by page, newest first, and by what is unread', async () => {
    for (const title of ['one', 'two', 'three']) await send(ada, { title });
    const first = await ada.call<Listed>('GET', '/notifications?limit=2');
    expect(first.body.items.map((one) => one.title)).toEqual(['three', 'two']);
    const second = await ada.call<Listed>('GET', `/notifications?limit=2&cursor=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ items: [{ title: 'one' }], next_cursor: null, unread_count: 3 });
    await ada.call('POST', `/notifications/${first.body.items[0]?.id}/read`);
    const unread = await ada.call<Listed>('GET', '/notifications?unread=true');
    expect(unread.body.items.map((one) => one.title)).toEqual(['two', 'one']);
    expect(await ada.call('GET', '/notifications?cursor=AAAA')).toMatchObject({
      status: 422,
      body: { code: 'notifications.invalid_cursor' },
    });
  });

  it('is marked as read at once', async () => {
    for (const title of ['one', 'two']) await send(ada, { title });
    expect((await ada.call('POST', '/notifications/read-all')).body).toEqual({ unread_count: 0 });
    expect((await toldTo(ada)).items.every((one) => one.read_at !== null)).toBe(true);
  });

  it('gives one up, and takes that back within ten seconds', async () => {
    await send(ada, { title: 'one' });
    const [{ id }] = (await toldTo(ada)).items as [Told];
    expect((await ada.call('DELETE', `/notifications/${id}`)).body).toHaveProperty('undo_until');
    expect(await toldTo(ada)).toMatchObject({ items: [], unread_count: 0 });
    expect((await ada.call('POST', `/notifications/${id}/restore`)).body).toMatchObject({ id, title: 'one' });
    await ada.call('DELETE', `/notifications/${id}`);
    await sql`update notifications set deleted_at = now() - interval '11 seconds' where id = ${id}`.execute(
      app.platform.db,
    );
    expect(await ada.call('POST', `/notifications/${id}/restore`)).toMatchObject({
      status: 410,
      body: { code: 'notifications.undo_expired' },
    });
  });

  it('S30: is nobody else’s', async () => {
    await send(ada, { title: 'For Ada' });
    const [{ id }] = (await toldTo(ada)).items as [Told];
    expect((await toldTo(bob)).items).toEqual([]);
    for (const [method, path] of [
      ['POST', `/notifications/${id}/read`],
      ['POST', `/notifications/${id}/restore`],
      ['DELETE', `/notifications/${id}`],
    ] as const)
      expect(await bob.call(method, path)).toMatchObject({
        status: 404,
        body: { code: 'notifications.not_found' },
      });
    await bob.call('POST', '/notifications/read-all');
    expect(await toldTo(ada)).toMatchObject({ items: [{ id, read_at: null }], unread_count: 1 });
  });
});

describe('notifications.send', () => {
  it('leads nowhere outside of the program', async () => {
    for (const href of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])
      expect((await send(ada, { title: 'Look', href })).error).toMatchObject({
        code: 'notifications.link_not_internal',
      });
    await send(ada, { title: 'Look', href: '/documents?q=a' });
    expect((await toldTo(ada)).items).toMatchObject([{ href: '/documents?q=a' }]);
  });

  it('refuses more than two hundred in an hour', async () => {
    await sql`insert into notifications (id, owner_id, kind, title)
      select gen_random_uuid(), ${ada.person.userId}, 'workflow', 'x' from generate_series(1, 200)`.execute(
      app.platform.db,
    );
    expect((await send(ada, { title: 'One more' })).error).toMatchObject({ code: 'notifications.too_many' });
    expect((await send(bob, { title: 'Of Bob' })).error).toBeNull();
  });
});

describe('an approval', () => {
  it('is told to whoever decides it, and needs no look once it is decided', async () => {
    const runId = await ada.start(await ada.create(asking({ assignee_id: bob.person.userId })));
    await ada.until(runId, ['waiting']);
    const { items } = await toldTo(bob);
    const { body } = await bob.call<{ items: { id: string }[] }>('GET', '/approvals');
    const approvalId = body.items[0]?.id;
    expect(items).toMatchObject([
      {
        kind: 'approval',
        title: 'Your decision is needed: Send it?',
        href: `/approvals/${approvalId}`,
        read_at: null,
      },
    ]);
    expect((await toldTo(ada)).items).toEqual([]);
    await bob.call('POST', `/approvals/${approvalId}/decide`, { decision: 'approve' });
    expect(await toldTo(bob)).toMatchObject({ items: [{ read_at: expect.any(String) }], unread_count: 0 });
  });

  it('is told in the language of whoever decides', async () => {
    await ada.call('PATCH', '/profile', { locale: 'de-AT' });
    const runId = await ada.start(await ada.create(asking()));
    await ada.until(runId, ['waiting']);
    expect((await toldTo(ada)).items).toMatchObject([{ title: 'Ihre Entscheidung ist nötig: Send it?' }]);
  });

  it('that nobody decided in time is told to the next person', async () => {
    const config = { expires_in_seconds: 3_600, escalate_to: bob.person.userId };
    const runId = await ada.start(await ada.create(asking(config)));
    await ada.until(runId, ['waiting']);
    await sql`update workflow_approvals set created_at = created_at - interval '2 hours',
      expires_at = expires_at - interval '2 hours' where run_id = ${runId}`.execute(app.platform.db);
    await vi.waitFor(
      async () =>
        expect((await toldTo(bob)).items).toMatchObject([
          { kind: 'approval_escalated', title: 'A decision was passed on to you: Send it?' },
        ]),
      { timeout: 120_000 },
    );
    expect(await toldTo(ada)).toMatchObject({ items: [{ kind: 'approval' }], unread_count: 0 });
  });

  it('withdrawn with its run needs no look any more', async () => {
    const runId = await ada.start(await ada.create(asking()));
    await ada.until(runId, ['waiting']);
    await ada.call('POST', `/runs/${runId}/cancel`);
    await ada.until(runId);
    expect((await toldTo(ada)).unread_count).toBe(0);
  });
});

describe('the end of a run', () => {
  const failing = chain([{ id: 'a', type: 'transform', config: { expression: '$error("No paper left")' } }]);
  const working = chain([{ id: 'a', type: 'transform', config: { expression: '1' } }]);

  it('that failed is told when a trigger started it, and not when its owner did', async () => {
    const runId = await triggered(ada, failing, 'Print');
    await ada.until(runId);
    expect((await toldTo(ada)).items).toMatchObject([
      {
        kind: 'run_failed',
        title: '“Print” failed',
        body: expect.stringContaining('No paper left'),
        href: `/runs/${runId}`,
      },
    ]);
    expect((await bob.finish(failing)).status).toBe('failed');
    expect((await toldTo(bob)).items).toEqual([]);
  });

  it('that failed is told as well when its trigger was deleted meanwhile', async () => {
    const waits = { id: 'w', type: 'wait', config: { event: 'document.ready', seconds: 600 } };
    const later = { id: 'a', type: 'transform', config: { expression: '$error("No paper left")' } };
    const runId = await triggered(ada, chain([waits, later]), 'Print');
    const { body: run } = await ada.call<{ trigger_id: string }>('GET', `/runs/${runId}`);
    await ada.until(runId, ['waiting']);
    await ada.call('DELETE', `/workflows/triggers/${run.trigger_id}`);
    const happened = { ownerId: ada.person.userId, name: 'document.ready', facts: {} };
    await noteWorkflowEvent(app.platform.db, happened);
    expect((await ada.until(runId)).status).toBe('failed');
    expect((await toldTo(ada)).items).toMatchObject([{ kind: 'run_failed', href: `/runs/${runId}` }]);
  });

  it('that went well is told to those who ask for it', async () => {
    await ada.until(await triggered(ada, working, 'Count'));
    expect((await toldTo(ada)).items).toEqual([]);
    await prefer(ada, { kind: 'run_finished', in_app: true, email: false });
    await ada.until(await triggered(ada, working, 'Count again'));
    expect((await toldTo(ada)).items).toMatchObject([
      { kind: 'run_finished', title: '“Count again” is done' },
    ]);
  });
});

describe('preferences', () => {
  it('decide in which way somebody is told', async () => {
    await prefer(ada, { kind: 'workflow', in_app: false, email: false });
    await send(ada, { title: 'Not at all' });
    await prefer(ada, { kind: 'workflow', in_app: false, email: true });
    await send(ada, { title: 'By mail only', body: 'With details', href: '/documents' });
    expect(await toldTo(ada)).toMatchObject({ items: [], unread_count: 0 });
    const mail = await peer.arrival((one) => one.to.includes(ada.person.email));
    expect(mail.headers.get('subject')).toBe('By mail only');
    const sent = peer.received.filter((one) => one.to.includes(ada.person.email));
    expect(sent).toHaveLength(1);
    expect(mail.body).toContain('With details');
    expect(mail.body).toMatch(/http:\/\/127\.0\.0\.1:\d+\/documents/);
  });

  it('are shown whole, whatever was chosen', async () => {
    const { body } = await prefer(ada, { kind: 'run_failed', in_app: true, email: true });
    expect(body).toEqual({
      email_available: true,
      items: [
        { kind: 'approval', in_app: true, email: false, fixed: false },
        { kind: 'approval_escalated', in_app: true, email: false, fixed: false },
        { kind: 'run_failed', in_app: true, email: true, fixed: false },
        { kind: 'run_finished', in_app: false, email: false, fixed: false },
        { kind: 'workflow', in_app: true, email: false, fixed: false },
        { kind: 'security', in_app: true, email: true, fixed: true },
      ],
    });
    expect((await ada.call('GET', '/notifications/preferences')).body).toEqual(body);
    expect((await bob.call<typeof body>('GET', '/notifications/preferences')).body.items[2]).toMatchObject({
      email: false,
    });
  });

  it('are changed one way at a time: another tab may have changed the other', async () => {
    const finished = { kind: 'run_finished' };
    await Promise.all([
      prefer(ada, { ...finished, in_app: true }),
      prefer(ada, { ...finished, email: true }),
    ]);
    const { body } = await prefer(ada, { ...finished, in_app: true });
    expect(body.items).toContainEqual({ ...finished, in_app: true, email: true, fixed: false });
    const off = await prefer(ada, { ...finished, email: false }, { ...finished, in_app: false });
    expect(off.body.items).toContainEqual({ ...finished, in_app: false, email: false, fixed: false });
  });

  it('do not turn off what concerns the security of the account', async () => {
    expect(await prefer(ada, { kind: 'security', in_app: false, email: true })).toMatchObject({
      status: 422,
      body: { code: 'notifications.preference_fixed' },
    });
    expect((await prefer(ada, { kind: 'security', in_app: true, email: true })).status).toBe(200);
    expect((await prefer(ada, { kind: 'gossip', in_app: true, email: true })).status).toBe(422);
  });
});

describe('retention', () => {
  const service = () => createNotificationService({ ...app.platform, mailReachesPeople: () => false });
  const fill = (count: number, days: number) =>
    sql`insert into notifications (id, owner_id, kind, title, created_at)
      select gen_random_uuid(), ${ada.person.userId}, 'workflow', 'old', now() - ${days} * interval '1 day'
      from generate_series(1, ${count}::int)`.execute(app.platform.db);
  const held = async () => {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from notifications
      where owner_id = ${ada.person.userId}`.execute(app.platform.db);
    return rows[0]?.count;
  };

  it('keeps ninety days, and of each person the newest thousand', async () => {
    await fill(5, 91);
    await fill(1_010, 1);
    await service().retire();
    expect(await held()).toBe(1_000);
  });

  it('forgets the text of what was removed, and remembers that it was told', async () => {
    const key = `test:${uuidv7()}`;
    const tell = () =>
      insertNotification(app.platform.db, {
        ...{ id: uuidv7(), ownerId: ada.person.userId, kind: 'workflow', title: 'Once', body: 'Private' },
        ...{ href: null, key, hidden: false },
      });
    expect(await tell()).toBe(true);
    const [{ id }] = (await toldTo(ada)).items as [Told];
    await ada.call('DELETE', `/notifications/${id}`);
    await sql`update notifications set deleted_at = now() - interval '1 minute' where id = ${id}`.execute(
      app.platform.db,
    );
    await service().purge();
    const { rows } = await sql`select title, body from notifications where id = ${id}`.execute(
      app.platform.db,
    );
    expect(rows).toEqual([{ title: '', body: '' }]);
    expect(await tell()).toBe(false);
    expect((await toldTo(ada)).items).toEqual([]);
  });
});
