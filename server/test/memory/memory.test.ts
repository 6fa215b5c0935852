import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, WorkflowClient } from '../workflows/workflow-world.ts';

interface Fact {
  id: string;
  content: string;
  source: string;
  source_ref: { kind: string; id: string; run_id: string; title: string | null } | null;
  code?: string;
}
interface Facts {
  items: Fact[];
  next_cursor: string | null;
}
interface Settings {
  enabled: boolean;
  count: number;
  limit: number;
  consent: { version: number; wording: { en: { text: string }; de: { text: string } } };
  code?: string;
}

let app: TestApp;
let ada: WorkflowClient;
let bob: WorkflowClient;

beforeAll(async () => {
  app = await createTestApp();
});
beforeEach(async () => {
  ada = new WorkflowClient(app, await app.person());
  bob = new WorkflowClient(app, await app.person());
});
afterAll(() => app.stop());

const add = (who: WorkflowClient, content: string) => who.call<Fact>('POST', '/memory', { content });
const list = async (who: WorkflowClient, query = '') =>
  (await who.call<Facts>('GET', `/memory${query}`)).body;
const contents = async (who: WorkflowClient, query = '') =>
  (await list(who, query)).items.map((one) => one.content);
const allow = (who: WorkflowClient, enabled = true) =>
  who.call<Settings>('PUT', '/memory/settings', { enabled });
/** Uses a tool the way workflows do; writing is approved in the workflow itself. */
const use = async <Output>(who: WorkflowClient, tool: string, input: object): Promise<Output> => {
  const run = await who.finish(
    chain([{ id: 'use', type: 'tool', approval: 'never', config: { tool, input } }]),
  );
  expect(run.status, JSON.stringify(run.error)).toBe('succeeded');
  return run.output as Output;
};
const remember = (who: WorkflowClient, content: string) =>
  use<{ remembered: boolean; id: string; note: string | null }>(who, 'memory.remember', { content });
const recall = (who: WorkflowClient, query?: string) =>
  use<{ enabled: boolean; items: { content: string; fits: boolean }[]; note: string | null }>(
    who,
    'memory.recall',
    query === undefined ? {} : { query },
  );

describe('what a person writes down', () => {
  it('is listed newest first, page by page', async () => {
    for (const content of ['one', 'two', 'three']) expect((await add(ada, content)).status).toBe(201);
    const first = await list(ada, '?limit=2');
    expect(first.items).toMatchObject([
      { content: 'three', source: 'person', source_ref: null },
      { content: 'two' },
    ]);
    const second = await list(ada, `?limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ items: [{ content: 'one' }], next_cursor: null });
    expect(await ada.call('GET', '/memory?cursor=AAAA')).toMatchObject({
      status: 422,
      body: { code: 'memory.invalid_cursor' },
    });
  });

  it('is found by the beginnings of its words', async () => {
    await add(ada, "Ada's sister lives in Graz");
    await add(ada, 'Works from home on Fridays');
    expect(await contents(ada, '?q=sis%20gra')).toEqual(["Ada's sister lives in Graz"]);
    expect(await contents(ada, '?q=friday')).toEqual(['Works from home on Fridays']);
    expect(await contents(ada, "?q=zz'%5C%26%20%7C")).toEqual([]);
  });

  it('is changed', async () => {
    const { body } = await add(ada, 'Likes tea');
    const changed = await ada.call<Fact>('PATCH', `/memory/${body.id}`, {
      content: ' Likes\u0000 coffee \n',
    });
    expect(changed).toMatchObject({ status: 200, body: { id: body.id, content: 'Likes  coffee' } });
    expect(await contents(ada, '?q=coffee')).toHaveLength(1);
    expect(await contents(ada, '?q=tea')).toEqual([]);
  });

  it('is refused kindly when it is known already, in other capitals too', async () => {
    await add(ada, 'Has two cats.');
    const other = await add(ada, 'Has a dog');
    expect(await add(ada, 'has  TWO cats')).toMatchObject({
      status: 409,
      body: { code: 'memory.already_remembered' },
    });
    expect(await ada.call('PATCH', `/memory/${other.body.id}`, { content: 'Has two cats' })).toMatchObject({
      status: 409,
      body: { code: 'memory.already_remembered' },
    });
    expect((await add(bob, 'Has two cats.')).status).toBe(201);
  });

  it('is refused when it says nothing or too much', async () => {
    for (const content of ['', '  ', 'x'.repeat(2_001)])
      expect(await add(ada, content)).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect((await add(ada, 'x'.repeat(2_000))).status).toBe(201);
  });

  it('has room for five hundred facts, also when several are written at once', async () => {
    await sql`insert into memory_facts (id, owner_id, content, content_digest, source)
      select gen_random_uuid(), ${ada.person.userId}, 'fact ' || n, 'digest ' || n, 'person'
      from generate_series(1, 498) n`.execute(app.platform.db);
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((content) => add(ada, content)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('memory.full');
    const { body } = await ada.call<Settings>('GET', '/memory/settings');
    expect(body).toMatchObject({ count: 500, limit: 500 });
  });

  it('is forgotten, and for ten seconds brought back', async () => {
    const { id } = (await add(ada, 'Plays the viola')).body;
    expect((await ada.call('DELETE', `/memory/${id}`)).body).toHaveProperty('undo_until');
    expect(await contents(ada)).toEqual([]);
    expect((await ada.call<Fact>('POST', `/memory/${id}/restore`)).body.content).toBe('Plays the viola');
    await ada.call('DELETE', `/memory/${id}`);
    await add(ada, 'Plays the viola');
    expect(await ada.call('POST', `/memory/${id}/restore`)).toMatchObject({
      status: 409,
      body: { code: 'memory.already_remembered' },
    });
    await sql`update memory_facts set deleted_at = now() - interval '11 seconds' where id = ${id}`.execute(
      app.platform.db,
    );
    expect(await ada.call('POST', `/memory/${id}/restore`)).toMatchObject({
      status: 410,
      body: { code: 'memory.undo_expired' },
    });
  });

  it('S30: is nobody else’s', async () => {
    const { id } = (await add(ada, 'Secret of Ada')).body;
    expect(await contents(bob)).toEqual([]);
    for (const [method, path, body] of [
      ['PATCH', `/memory/${id}`, { content: 'Of Bob' }],
      ['DELETE', `/memory/${id}`, undefined],
      ['POST', `/memory/${id}/restore`, undefined],
    ] as const)
      expect(await bob.call(method, path, body)).toMatchObject({
        status: 404,
        body: { code: 'memory.not_found' },
      });
    expect(await contents(ada)).toEqual(['Secret of Ada']);
  });
});

describe('consent', () => {
  it('is not given until the person gives it, and each decision is kept', async () => {
    const before = await ada.call<Settings>('GET', '/memory/settings');
    expect(before.body).toMatchObject({ enabled: false, decided_at: null });
    expect(before.body.consent.wording.de.text).toContain('Tatsachen');
    expect((await allow(ada)).body).toMatchObject({ enabled: true, decided_at: expect.any(String) });
    await allow(ada, false);
    const { body } = await ada.call<{ items: { purpose: string; granted: boolean; history: object[] }[] }>(
      'GET',
      '/privacy/consents',
    );
    expect(body.items.find(({ purpose }) => purpose === 'memory')).toMatchObject({
      granted: false,
      history: [{ granted: false }, { granted: true }],
    });
    const { rows } = await sql<{ action: string }>`
      select action from audit_events where subject_id = ${ada.person.userId} order by occurred_at`.execute(
      app.platform.db,
    );
    expect(rows.map(({ action }) => action)).toEqual(['consent.given', 'consent.withdrawn']);
  });

  it('to a text that is not the present one is refused', async () => {
    const settings = { enabled: true, version: 99 };
    expect(await ada.call('PUT', '/memory/settings', settings)).toMatchObject({
      status: 409,
      body: { code: 'privacy.outdated_text' },
    });
  });

  it('is needed for remembering and recalling, and the tools say so', async () => {
    await add(ada, 'Written by Ada');
    expect(await remember(ada, 'Likes rain')).toMatchObject({
      remembered: false,
      note: expect.stringContaining('not turned memory on'),
    });
    expect(await recall(ada, 'rain')).toMatchObject({
      enabled: false,
      items: [],
      note: expect.stringContaining('not turned memory on'),
    });
    expect(await contents(ada)).toEqual(['Written by Ada']);
    await allow(ada);
    expect((await recall(ada)).items).toMatchObject([{ content: 'Written by Ada' }]);
    await allow(ada, false);
    expect((await recall(ada)).items).toEqual([]);
  });
});

describe('memory.remember and memory.recall', () => {
  beforeEach(() => allow(ada));

  it('keep a fact with the workflow it comes from, once', async () => {
    const first = await remember(ada, 'Prefers trains to planes');
    expect(first).toMatchObject({ remembered: true, note: null });
    expect(await remember(ada, 'prefers trains to planes.')).toEqual({
      remembered: true,
      id: first.id,
      note: 'This was remembered already.',
    });
    expect((await list(ada)).items).toMatchObject([
      {
        id: first.id,
        source: 'workflow',
        source_ref: { kind: 'workflow', title: 'Test', run_id: expect.any(String) },
      },
    ]);
  });

  it('find what fits first, by the stems of words in English and German', async () => {
    await add(ada, 'Prefers trains to planes');
    await add(ada, 'Mag keine Zwiebeln in der Suppe');
    await add(ada, 'The dog is called Rex');
    const asked = await recall(ada, 'How does the person like to travel: by train?');
    expect(asked.items.map(({ content, fits }) => [content, fits])).toEqual([
      ['Prefers trains to planes', true],
      ['The dog is called Rex', false],
      ['Mag keine Zwiebeln in der Suppe', false],
    ]);
    expect((await recall(ada, 'Was ist mit der Zwiebel?')).items[0]).toMatchObject({
      content: 'Mag keine Zwiebeln in der Suppe',
      fits: true,
    });
  });

  it('S37: writing waits for an approval unless the workflow says otherwise', async () => {
    const config = { tool: 'memory.remember', input: { content: 'Sneaked in' } };
    const runId = await ada.start(await ada.create(chain([{ id: 'use', type: 'tool', config }])));
    await ada.until(runId, ['waiting']);
    expect(await contents(ada)).toEqual([]);
  });

  it('S30: know the owner’s facts only', async () => {
    await add(bob, 'Bob collects stamps');
    expect((await recall(ada, 'stamps')).items).toEqual([]);
  });

  it('keep their results small', async () => {
    await sql`insert into memory_facts (id, owner_id, content, content_digest, source)
      select gen_random_uuid(), ${ada.person.userId}, repeat('long ', 390) || n, 'digest ' || n, 'person'
      from generate_series(1, 60) n`.execute(app.platform.db);
    expect(JSON.stringify(await recall(ada, 'long')).length).toBeLessThan(20_000);
  });
});
