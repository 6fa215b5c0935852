import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { goodKey, startWebSearchPeer } from '../peers/web-search-peer.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { connectModel, type RunAnswer, WorkflowClient } from './workflow-world.ts';

interface Template {
  id: string;
  title: string;
  about: string;
  category: string;
  icon: string;
  needs: string[];
  definition: { nodes: { id: string; name?: string; position?: object }[] };
}

let app: TestApp;
let peer: FakeModelServer;
let ada: WorkflowClient;

beforeAll(async () => {
  [app, peer] = await Promise.all([createTestApp(), startFakeModelServer()]);
  await connectModel(app, peer.url);
  ada = new WorkflowClient(app, await app.person());
});
afterEach(() => peer.reset());
afterAll(async () => {
  await app.stop();
  await peer.close();
});

const templates = async (who: WorkflowClient, language = 'en'): Promise<Template[]> =>
  (
    await who.call<{ items: Template[] }>('GET', '/workflow-templates', undefined, {
      'accept-language': language,
    })
  ).body.items;
/** Draws a workflow from a template, as the gallery does, and runs it. */
const start = async (id: string, input: object): Promise<string> => {
  const template = (await templates(ada)).find((one) => one.id === id);
  return ada.start(await ada.create(template?.definition ?? {}, template?.title), input);
};
const run = async (id: string, input: object): Promise<RunAnswer> => ada.until(await start(id, input));
const answerInTurn = (...answers: unknown[]): void => {
  // The newest script wins: the first answer is scripted last.
  for (const answer of answers.toReversed())
    peer.script({
      path: '/api/chat',
      answer: typeof answer === 'string' ? answer : JSON.stringify(answer),
      times: 1,
    });
};

describe('templates', () => {
  it('come in the language of the person', async () => {
    const english = await templates(ada);
    const german = await templates(ada, 'de-AT,de;q=0.9,en;q=0.5');
    expect(german.map(({ id }) => id)).toEqual(english.map(({ id }) => id));
    for (const [index, one] of german.entries()) {
      expect(one.title).not.toBe(english[index]?.title);
      expect(one.about).not.toBe(english[index]?.about);
    }
    const eve = await app.person();
    await sql`insert into profiles (user_id, locale) values (${eve.userId}, 'de')`.execute(app.platform.db);
    expect((await templates(new WorkflowClient(app, eve)))[0]?.title).toBe(german[0]?.title);
  });

  it('are eight, each for something else', async () => {
    const found = await templates(ada);
    expect(new Set(found.map(({ id }) => id)).size).toBe(8);
    expect(found.every(({ icon, about }) => icon !== '' && about.length > 40)).toBe(true);
  });

  it('can run as they are, in every language, and every step has a name and a place', async () => {
    for (const language of ['en', 'de'])
      for (const { id, definition } of await templates(ada, language)) {
        const { body } = await ada.call('POST', '/workflows/validate', { definition });
        expect([id, body]).toEqual([id, { valid: true, problems: [] }]);
        const bare = definition.nodes.filter((node) => node.id !== 'start' && !node.name);
        expect([id, bare]).toEqual([id, []]);
        const places = definition.nodes.map((node) => JSON.stringify(node.position));
        expect(new Set(places).size).toBe(places.length);
      }
  });
});

describe('a workflow from the template', () => {
  it('answers from documents, and writes again what the check finds wanting', async () => {
    answerInTurn('It is so [1].', { supported: true, missing: '' });
    expect(await run('answer-from-documents', { question: 'Is it so?' })).toMatchObject({
      status: 'succeeded',
      output: 'It is so [1].',
    });
    answerInTurn('Made up.', { supported: false, missing: 'Everything is made up.' }, 'Nothing is known.');
    expect(await run('answer-from-documents', { question: 'Is it so?' })).toMatchObject({
      status: 'succeeded',
      output: 'Nothing is known.',
    });
    expect(JSON.stringify(peer.requests.at(-1)?.body)).toContain('Everything is made up.');
  });

  it('finds tasks in a text, also none', async () => {
    const tasks = [{ title: 'Call Bob', person: 'Ada', quote: 'Ada calls Bob' }];
    answerInTurn({ tasks });
    expect(await run('extract-tasks', { text: 'Ada calls Bob.' })).toMatchObject({ output: tasks });
    answerInTurn({ tasks: [] });
    expect(await run('extract-tasks', { text: 'Nice weather.' })).toMatchObject({
      output: 'There are no tasks in this text.',
    });
  });

  it('prepares a meeting as a page', async () => {
    answerInTurn({ summary: 'All is well.', open_questions: ['Who pays?'], agenda: ['Money', 'Wine'] });
    const { output } = await run('meeting-preparation', { topic: 'Budget', people: 'Ada, Bob' });
    expect(output).toBe(
      '# Budget\n\n## Summary\nAll is well.\n\n## Open questions\n- Who pays?\n\n## Agenda\n- Money\n- Wine',
    );
  });

  it('reviews the week without being told anything, as a schedule starts it', async () => {
    answerInTurn('A quiet week.');
    expect(await run('weekly-review', { trigger: { kind: 'schedule' } })).toMatchObject({
      status: 'succeeded',
      output: 'A quiet week.',
    });
    answerInTurn('Garden.');
    expect(await run('weekly-review', { focus: 'the garden' })).toMatchObject({ output: 'Garden.' });
    expect(JSON.stringify(peer.requests.at(-1)?.body)).toContain('the garden');
  });

  it('digests a document as soon as it is ready, and tells its owner', async () => {
    const template = (await templates(ada)).find((one) => one.id === 'digest-new-document');
    const workflow = await ada.create(template?.definition ?? {}, template?.title);
    const config = { event: 'document.ready' };
    await ada.call('POST', `/workflows/${workflow}/triggers`, { kind: 'event', config });
    answerInTurn({ summary: 'A plan for the roof.', key_points: ['Costs 900', 'Due in May'] });
    const boundary = 'x-x-x';
    const upload = await app.app.inject({
      method: 'POST',
      url: '/api/v1/documents',
      headers: { ...ada.person.headers, 'content-type': `multipart/form-data; boundary=${boundary}` },
      payload: `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="roof.md"\r\ncontent-type: text/markdown\r\n\r\nThe roof costs 900 and is due in May.\r\n--${boundary}--\r\n`,
    });
    expect(upload.statusCode, upload.body).toBe(201);
    const id = await vi.waitFor(
      async () => {
        const { body } = await ada.call<{ items: { id: string }[] }>('GET', `/runs?workflow_id=${workflow}`);
        expect(body.items).toHaveLength(1);
        return body.items[0]?.id ?? '';
      },
      { timeout: 120_000 },
    );
    expect(await ada.until(id)).toMatchObject({
      status: 'succeeded',
      output: 'A plan for the roof.\n\n- Costs 900\n- Due in May',
    });
    expect(JSON.stringify(peer.requests.at(-1)?.body)).toContain('The roof costs 900');
    const { body } = await ada.call<{ items: { title: string }[] }>('GET', '/notifications');
    expect(body.items.map(({ title }) => title)).toContain('Digest of roof.md');
  });

  it('researches on the web, each source once, and says when there is nothing', async () => {
    answerInTurn({ queries: ['bridge'] });
    expect(await run('web-research', { question: 'Which bridge?' })).toMatchObject({
      status: 'succeeded',
      output: 'The searches found nothing. Is web search turned on?',
    });
    const web = await startWebSearchPeer();
    try {
      const admin = new WorkflowClient(app, await app.person('superuser'));
      const brave = { kind: 'brave', enabled: true, base_url: `${web.url}/brave`, allow_local: true };
      await admin.call('PUT', '/admin/web-search', {
        enabled: true,
        providers: [{ ...brave, api_key: goodKey }],
      });
      answerInTurn({ queries: ['bridge', 'bridge Kwell'] }, 'It is the one over the Kwell [1].');
      const { output } = await run('web-research', { question: 'Which bridge?' });
      const { report, sources } = output as { report: string; sources: { number: number; url: string }[] };
      expect(report).toBe('It is the one over the Kwell [1].');
      expect(sources[0]).toMatchObject({ number: 1, url: 'https://bridges.example/kwell' });
      expect(new Set(sources.map(({ url }) => url)).size).toBe(sources.length);
    } finally {
      await web.close();
    }
  });

  it('sends nothing that was not approved', async () => {
    answerInTurn('Dear Bob');
    const id = await start('approve-and-send', { topic: 'Thanks', url: 'https://example.org/inbox' });
    await ada.until(id, ['waiting']);
    const { body } = await ada.call<{ items: { id: string; run_id: string }[] }>(
      'GET',
      '/approvals?status=pending',
    );
    const approval = body.items.find((one) => one.run_id === id);
    expect(approval).toMatchObject({
      detail: 'Dear Bob',
      data: { url: 'https://example.org/inbox', body: { text: 'Dear Bob' } },
    });
    await ada.call('POST', `/approvals/${approval?.id}/decide`, { decision: 'reject' });
    const ended = await ada.until(id);
    expect(ended).toMatchObject({ status: 'succeeded', output: 'Not sent: rejected' });
    expect(ended.steps.map((step) => step.node_id)).not.toContain('send');
  });

  it('adds a column to every row, and marks the rows that fail', async () => {
    peer.script({ path: '/api/chat', answer: '{"value": "blue"}' });
    const rows = [{ name: 'sky' }, { name: 'sea' }];
    const input = { rows, question: 'Which colour?', column: 'colour' };
    expect(await run('enrich-table', input)).toMatchObject({
      output: [
        { name: 'sky', colour: 'blue' },
        { name: 'sea', colour: 'blue' },
      ],
    });
  });
});
