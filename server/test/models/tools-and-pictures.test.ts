import { Type } from 'typebox';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askForJson } from '../../src/platform/models/index.ts';
import { type GatewayWorld, openGatewayWorld, request } from './gateway-world.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await openGatewayWorld();
});
afterAll(() => world.stop());
beforeEach(() => world.renew());

const chatPath = { ollama: '/api/chat', openai: '/v1/chat/completions' } as const;
const lookUp = {
  name: 'look_up',
  description: 'Looks something up.',
  parameters: { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] },
};
const picture = { mediaType: 'image/png', base64: 'iVBORw0KGgo=' };

function lastBody(kind: 'ollama' | 'openai'): Record<string, unknown> {
  const found = world.peer.requests.findLast((one) => one.path === chatPath[kind]);
  return (found?.body ?? {}) as Record<string, unknown>;
}

describe.each(['ollama', 'openai'] as const)('%s', (kind) => {
  const path = chatPath[kind];
  const toolCalls = [
    { name: 'look_up', arguments: { word: 'heron' } },
    { name: 'look_up', arguments: { word: 'crane', languages: ['de', 'en'] } },
  ];

  test('puts tool calls together that arrive in pieces, in their order, before the end', async () => {
    world.peer.script({ path, toolCalls, answer: 'One moment.' });
    const { events, text, error } = await world.ask(kind, { tools: [lookUp] });
    expect(error).toBeUndefined();
    expect(text).toBe('One moment.');
    expect(events.at(-2)).toMatchObject({ type: 'tool_calls', calls: toolCalls });
    expect(events.at(-1)).toMatchObject({ type: 'finish' });
    expect(lastBody(kind).tools).toMatchObject([{ type: 'function', function: lookUp }]);
  });

  test('gives ids to calls that came without, each its own', async () => {
    world.peer.script({ path, toolCalls, omitToolIds: true });
    const { events } = await world.ask(kind, { tools: [lookUp] });
    const calls = events.flatMap((event) => (event.type === 'tool_calls' ? event.calls : []));
    expect(calls.map((call) => call.arguments)).toEqual(toolCalls.map((call) => call.arguments));
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    for (const call of calls) expect(call.id).toMatch(/\S/);
  });

  test('sends a call and its result back', async () => {
    const call = { id: 'call_1', name: 'look_up', arguments: { word: 'heron' } };
    await world.ask(kind, {
      tools: [lookUp],
      messages: [
        { role: 'user', content: 'What is a heron?' },
        { role: 'assistant', content: '', toolCalls: [call] },
        { role: 'tool', content: 'A bird.', toolCallId: 'call_1' },
      ],
    });
    const [, asked, answered] = lastBody(kind).messages as Record<string, unknown>[];
    expect(asked).toMatchObject({ tool_calls: [{ id: 'call_1', function: { name: 'look_up' } }] });
    expect(answered).toMatchObject({ role: 'tool', content: 'A bird.' });
  });

  test('sends pictures with the question', async () => {
    const messages = [{ role: 'user' as const, content: 'What is this?', attachments: [picture] }];
    const { error } = await world.ask(kind, { messages }, 'seer:latest');
    expect(error).toBeUndefined();
    const sent = JSON.stringify(lastBody(kind).messages);
    expect(sent).toContain(
      kind === 'ollama' ? '"images":["iVBORw0KGgo="]' : '"url":"data:image/png;base64,iVBORw0KGgo="',
    );
    expect(sent).toContain('What is this?');
  });

  test('asks for JSON of a schema and reads it from a code block too', async () => {
    const schema = Type.Object({ city: Type.String() });
    world.peer.script({ path, answer: '```json\n{"city":"Oslo"}\n```' });
    const model = await world.gateway.resolve('chat', { providerId: kind, model: 'tiny-chat:latest' });
    expect(await askForJson(world.gateway, { ...request(model), name: 'city', schema })).toEqual({
      city: 'Oslo',
    });
    const body = lastBody(kind);
    const sent = kind === 'ollama' ? body.format : body.response_format;
    expect(JSON.stringify(sent)).toContain('"required":["city"]');
  });

  test('shows the model once what is wrong with its JSON, then gives up', async () => {
    const schema = Type.Object({ city: Type.String() });
    world.peer.script({ path, answer: '{"city":"Oslo"}' });
    world.peer.script({ path, answer: '{"city":5}', times: 1 });
    const model = await world.gateway.resolve('chat', { providerId: kind, model: 'tiny-chat:latest' });
    const asking = { ...request(model), name: 'city', schema };
    expect(await askForJson(world.gateway, asking)).toEqual({ city: 'Oslo' });
    const repair = (lastBody(kind).messages as { content: string }[]).at(-1);
    expect(repair?.content).toContain('/city');
    world.peer.script({ path, answer: 'Oslo, of course.' });
    await expect(askForJson(world.gateway, asking)).rejects.toMatchObject({ code: 'models.bad_response' });
  });
});

test('ollama: a model that sees nothing is not shown a picture', async () => {
  const messages = [{ role: 'user' as const, content: 'What is this?', attachments: [picture] }];
  const { error } = await world.ask('ollama', { messages });
  expect(error).toMatchObject({ code: 'models.no_vision' });
  expect(world.peer.requests.some((one) => one.path === '/api/chat')).toBe(false);
});

test('a tool call that cannot be read is an answer that cannot be read', async () => {
  const [broken] = [{ name: '', arguments: {} }];
  world.peer.script({ path: chatPath.openai, toolCalls: [broken] });
  expect((await world.ask('openai', { tools: [lookUp] })).error).toMatchObject({
    code: 'models.bad_response',
  });
});
