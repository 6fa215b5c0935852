import { afterAll, beforeAll, expect, it } from 'vitest';
import { json, startWebSearchPeer, type WebSearchPeer } from '../peers/web-search-peer.ts';
import { createModeWorld, ModeClient, type ModeWorld, say, stepsOf } from './mode-world.ts';

let world: ModeWorld;
let web: WebSearchPeer;
beforeAll(async () => {
  world = await createModeWorld();
  web = await startWebSearchPeer();
  const content = 'The boiler museum opened in 1932.';
  // An address of this machine is not read: what the search engine says about it is what there is.
  const result = { url: `${web.url}/pages/museum`, title: 'The museum', content };
  web.answer(json(200, { query: 'x', number_of_results: 1, results: [result] }));
  const admin = new ModeClient(world.app, await world.app.person('admin'));
  const provider = { kind: 'searxng', enabled: true, base_url: `${web.url}/searxng`, allow_local: true };
  const { status } = await admin.call('PUT', '/admin/web-search', {
    enabled: true,
    providers: [provider],
  });
  expect(status).toBe(200);
});
afterAll(async () => {
  await world.stop();
  await web.close();
});

it('answers from the web where the person wants that, and cites it', async () => {
  const ada = await world.client();
  const assessment = { complexity: 'moderate', confidence: 0.2, needs_documents: false, needs_tools: false };
  say(world.peer, 'assess', assessment);
  say(world.peer, 'plan', { steps: ['Search', 'Answer'] });
  say(world.peer, 'write', 'In 1932: "The boiler museum opened in 1932." [1]');
  const { message } = await ada.answer('router', 'When did the museum open?', { web_search: true });
  expect(stepsOf(message)).toEqual(['assess', 'web', 'plan', 'summary']);
  // What a search engine says of a page that nobody read is not verified, here as in simple answers.
  expect(message.citations).toMatchObject([
    { number: 1, document_id: null, document_name: 'The museum', verified: false, web: { read: 'snippet' } },
  ]);
  const asked = world.peer.requests.map(({ body }) => JSON.stringify(body)).join('\n');
  expect(asked).toContain('from=\\"web\\"');
});
