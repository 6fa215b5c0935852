import { describe, expect, it } from 'vitest';
import fc from '../property.ts';
import type { ApiProblem } from './api-problem.ts';
import { createEventStream, type EventStreamOptions } from './event-stream.ts';
import { SseParser } from './sse-parser.ts';

const frame = (seq: number, type: string, data: unknown) =>
  `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const stream = (...chunks: string[]) =>
  new Response(new Blob(chunks).stream(), { headers: { 'content-type': 'text/event-stream' } });
const refusal = (status: number, code: string) =>
  new Response(JSON.stringify({ status, code }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });

/** Connections in order; an Error is a connection that cannot be made. */
async function follow(replies: (Response | Error)[], options: Partial<EventStreamOptions> = {}) {
  const resumed: (string | null)[] = [];
  const events: [string, unknown, number | null][] = [];
  const states: string[] = [];
  let refused: ApiProblem | undefined;
  const eventStream = createEventStream({
    path: '/generations/g/events',
    endTypes: ['end'],
    onEvent: (type, data, seq) => events.push([type, data, seq]),
    onState: (state) => states.push(state),
    onRefused: (problem) => {
      refused = problem;
    },
    fetch: async (_, init) => {
      resumed.push(new Headers(init?.headers).get('last-event-id'));
      const reply = replies.shift() ?? refusal(404, 'no_reply_left');
      if (reply instanceof Error) throw reply;
      return reply;
    },
    wait: async () => undefined,
    ...options,
  });
  await eventStream.closed;
  return { events, resumed, states, refused, lastSeq: eventStream.lastSeq() };
}

describe('createEventStream', () => {
  it('delivers the events in order and closes after the end event', async () => {
    const { events, states } = await follow([stream(frame(1, 'delta', { text: 'a' }), frame(2, 'end', {}))]);
    expect(events).toEqual([
      ['delta', { text: 'a' }, 1],
      ['end', {}, 2],
    ]);
    expect(states).toEqual(['connecting', 'open', 'closed']);
  });

  it('resumes after the last number when the connection breaks, and doubles nothing', async () => {
    const { events, resumed } = await follow([
      stream(frame(1, 'delta', 'a'), frame(2, 'delta', 'b'), 'id: 3\nevent: delta\nda'),
      new TypeError('network'),
      stream(frame(2, 'delta', 'b'), frame(3, 'delta', 'c'), frame(4, 'end', {})),
    ]);
    expect(events.map(([, , seq]) => seq)).toEqual([1, 2, 3, 4]);
    expect(resumed).toEqual([null, '2', '2']);
  });

  it('starts after a number that is known already', async () => {
    const { events, resumed } = await follow([stream(frame(5, 'delta', 'old'), frame(6, 'end', {}))], {
      afterSeq: 5,
    });
    expect(events.map(([, , seq]) => seq)).toEqual([6]);
    expect(resumed).toEqual(['5']);
  });

  it('tries again after a fault of the server', async () => {
    const { events } = await follow([refusal(503, 'busy'), stream(frame(1, 'end', {}))]);
    expect(events).toHaveLength(1);
  });

  it('gives up and says so when the stream is not there', async () => {
    const { refused, states } = await follow([refusal(404, 'generations.not_found')]);
    expect(refused?.code).toBe('generations.not_found');
    expect(states.at(-1)).toBe('closed');
  });

  it('renews an expired session and goes on', async () => {
    const { events } = await follow([refusal(401, 'auth.session_expired'), stream(frame(1, 'end', {}))], {
      refresh: async () => 'renewed',
    });
    expect(events).toHaveLength(1);
  });

  it('I12: ends the session only when the renewal was refused', async () => {
    let ended = 0;
    await follow([refusal(401, 'auth.session_expired')], {
      refresh: async () => 'ended',
      onSessionEnded: () => {
        ended += 1;
      },
    });
    expect(ended).toBe(1);
  });
});

describe('SseParser', () => {
  it('gives the same events however the text is cut', () => {
    const text = ': ping\n\nid: 1\nevent: delta\ndata: {"a":\ndata: 1}\n\nid: 2\r\ndata: x\r\n\r\ndata:y\n\n';
    const whole = new SseParser().push(text);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const parser = new SseParser();
        const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = edges.slice(1).map((edge, index) => text.slice(edges[index], edge));
        expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(whole);
      }),
    );
    expect(whole).toEqual([
      { id: '1', type: 'delta', data: '{"a":\n1}' },
      { id: '2', type: 'message', data: 'x' },
      { id: '2', type: 'message', data: 'y' },
    ]);
  });
});
