import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createModeWorld, type ModeClient, type ModeWorld, say } from './mode-world.ts';

let world: ModeWorld;
let ada: ModeClient;
beforeAll(async () => {
  world = await createModeWorld();
  ada = await world.client();
  await ada.upload('boiler.txt', 'The boiler in the cellar was mended on the third of March by Mr Finch.');
});
afterEach(() => world.peer.reset());
afterAll(() => world.stop());

const question = 'Who mended the boiler?';
const none = { scope: { kind: 'none' } };
const seen = () => JSON.stringify(world.peer.requests.map(({ body }) => body));

describe('where a person wants an answer without their documents', () => {
  it('a simple answer does not search them', async () => {
    world.peer.script({ path: '/api/chat', answer: 'I do not know.' });
    const { message } = await ada.answer('simple', question, none);
    expect(message).toMatchObject({ status: 'complete', citations: [] });
    expect(message.steps.map(({ kind }) => kind)).not.toContain('retrieve');
    expect(seen()).not.toContain('Mr Finch');
  });

  it('the smart router neither searches them nor lets a model choose a tool that does', async () => {
    say(world.peer, 'assess', {
      ...{ complexity: 'complex', confidence: 0.1, needs_documents: true, needs_tools: true },
    });
    say(world.peer, 'plan', { steps: ['Search'] });
    say(world.peer, 'choose', { tool: 'none', input: {}, why: '' });
    const search = { tool: 'documents.search', input: { query: 'boiler' }, why: '' };
    say(world.peer, 'choose', search, { times: 1 });
    say(world.peer, 'reflect', { enough: true, missing: '' });
    say(world.peer, 'write', 'I do not know.');
    const { message } = await ada.answer('router', question, none);
    expect(message).toMatchObject({ status: 'complete', content: 'I do not know.', citations: [] });
    expect(message.steps.map(({ kind }) => kind)).not.toContain('retrieve');
    expect(message.steps.find(({ kind }) => kind === 'check')).toMatchObject({ detail: 'not allowed' });
    expect(seen()).not.toContain('Mr Finch');
  });
});
