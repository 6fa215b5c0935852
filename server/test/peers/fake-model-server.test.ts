import { afterEach, beforeEach, expect, test } from 'vitest';
import { embedText, numberedWords, sourcesIn } from './fake-model-script.ts';
import { type FakeModelServer, startFakeModelServer } from './fake-model-server.ts';

let peer: FakeModelServer;
beforeEach(async () => {
  peer = await startFakeModelServer();
});
afterEach(() => peer.close());

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${peer.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
}

async function chatLines(body: Record<string, unknown> = {}): Promise<Record<string, never>[]> {
  const response = await post('/api/chat', {
    model: 'tiny-chat',
    messages: [{ role: 'user', content: 'hi' }],
    ...body,
  });
  return (await response.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, never>);
}

test('streams numbered words as NDJSON and a last line with the reason', async () => {
  peer.script({ tokens: 3 });
  const lines = await chatLines();
  expect(lines.map((line: { message?: { content: string } }) => line.message?.content)).toEqual([
    ...numberedWords(3),
    '',
  ]);
  expect(lines.at(-1)).toMatchObject({ done: true, done_reason: 'stop', eval_count: 3 });
});

test('holds a stream until it is released', async () => {
  peer.script({ tokens: 2, gateAfter: 1 });
  const response = await post('/api/chat', { model: 'tiny-chat', messages: [] });
  const reader = response.body!.getReader();
  const first = new TextDecoder().decode((await reader.read()).value);
  expect(first).toContain('w0001');
  expect(first).not.toContain('w0002');
  peer.release();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read())
    rest += new TextDecoder().decode(part.value);
  expect(rest).toContain('w0002');
});

test('a behaviour with times applies only that often', async () => {
  peer.script({ status: 500, times: 1 });
  expect((await post('/api/chat', { model: 'tiny-chat', messages: [] })).status).toBe(500);
  expect((await post('/api/chat', { model: 'tiny-chat', messages: [] })).status).toBe(200);
});

test('speaks OpenAI streaming with usage in its own chunk', async () => {
  peer.script({ tokens: 2 });
  const response = await post('/v1/chat/completions', {
    model: 'tiny-chat:latest',
    messages: [],
    stream: true,
  });
  const text = await response.text();
  expect(text).toContain('"content":"w0002 "');
  expect(text).toContain('"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":2');
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});

test('records that a client went away', async () => {
  peer.script({ stallAfter: 1 });
  const controller = new AbortController();
  const response = await fetch(`${peer.url}/api/chat`, {
    method: 'POST',
    body: JSON.stringify({ model: 'tiny-chat', messages: [] }),
    signal: controller.signal,
  });
  await response.body!.getReader().read();
  controller.abort();
  const request = await peer.until((one) => one.state === 'cut');
  expect(request.path).toBe('/api/chat');
});

test('refuses connections and takes them again on the same port', async () => {
  await peer.refuse();
  await expect(fetch(peer.url)).rejects.toThrow();
  await peer.accept();
  expect(await (await fetch(peer.url)).text()).toBe('Ollama is running');
});

test('embeddings of similar texts are nearer than those of different texts', () => {
  const dot = (a: number[], b: number[]): number =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  const [cat, cats, tax] = [
    'the cat sat on the mat',
    'a cat sat on a mat',
    'annual tax declaration form',
  ].map((text) => embedText(text, 128));
  expect(dot(cat!, cats!)).toBeGreaterThan(dot(cat!, tax!) + 0.3);
});

test('quotes the sources that a prompt gives', async () => {
  const content =
    'Answer from these.\n[1] Report.pdf\nThe bridge was opened in 1932.\n[2] The toll is two pounds.';
  expect(sourcesIn([{ role: 'user', content }]).map((source) => source.number)).toEqual(['1', '2']);
  peer.script({ quoteSources: 'right' });
  const lines = await chatLines({ messages: [{ role: 'user', content }] });
  const answer = lines.map((line: { message?: { content: string } }) => line.message?.content).join('');
  expect(answer).toContain('"The bridge was opened in 1932." [1]');
});
