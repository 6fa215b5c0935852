import { describe, expect, it } from 'vitest';
import { createSocketFeed, type SocketFeedOptions } from './socket-feed.ts';

/** What the other side does with one connection. */
type Script = (socket: FakeSocket) => void;

class FakeSocket {
  readyState: number = WebSocket.OPEN;
  readonly sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;

  constructor(script: Script) {
    queueMicrotask(() => script(this));
  }

  open(): void {
    this.onopen?.();
    this.frame('ready', {});
  }

  frame(type: string, data: unknown): void {
    this.onmessage?.({ data: JSON.stringify({ type, seq: null, data }) });
  }

  end(code: number): void {
    this.onclose?.({ code });
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = WebSocket.CLOSED;
    queueMicrotask(() => this.onclose?.({ code: 1006 }));
  }
}

/** Connections in order; after the last one the feed is closed. */
async function follow(scripts: Script[], options: Partial<SocketFeedOptions> = {}) {
  const sockets: FakeSocket[] = [];
  const events: [string, unknown][] = [];
  const states: string[] = [];
  const feed = createSocketFeed({
    path: '/ws/notifications',
    onEvent: (type, data) => events.push([type, data]),
    onState: (state) => states.push(state),
    isReachable: async () => true,
    refresh: async () => 'renewed',
    ticket: async () => 'fresh',
    wait: async () => undefined,
    open: () => {
      const script = scripts.shift() ?? (() => feed.close());
      const socket = new FakeSocket(script);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    ...options,
  });
  const outcome = await feed.closed;
  return { outcome, sockets, events, states };
}

const openAndEnd =
  (code: number, ...frames: [string, unknown][]): Script =>
  (socket) => {
    socket.open();
    for (const [type, data] of frames) socket.frame(type, data);
    socket.end(code);
  };

describe('createSocketFeed', () => {
  it('says hello, delivers events and keeps pings to itself', async () => {
    const change = { kind: 'document', id: 'd' };
    const { sockets, events } = await follow([openAndEnd(1006, ['ping', {}], ['changed', change])]);
    expect(sockets[0]?.sent).toEqual([{ type: 'hello' }]);
    expect(events).toEqual([
      ['ready', {}],
      ['changed', change],
    ]);
  });

  it('connects again after a break and says so, so that nothing is missed', async () => {
    const { states, sockets } = await follow([openAndEnd(1006), openAndEnd(1012)]);
    expect(sockets).toHaveLength(3);
    expect(states.slice(0, 5)).toEqual(['connecting', 'open', 'reconnecting', 'open', 'reconnecting']);
  });

  it('I14: gives up when no WebSocket opens although the server answers', async () => {
    const fails: Script = (socket) => socket.end(1006);
    const { outcome, sockets } = await follow([fails, fails]);
    expect(outcome).toBe('blocked');
    expect(sockets).toHaveLength(2);
  });

  it('I14: takes a connection on which nothing comes for one that is blocked', async () => {
    const { outcome } = await follow([(socket) => socket.onopen?.(), (socket) => socket.onopen?.()], {
      openMs: 1,
    });
    expect(outcome).toBe('blocked');
  });

  it('takes a server that was just not up yet for no block', async () => {
    const { outcome, events } = await follow([(socket) => socket.end(1006), openAndEnd(1006)]);
    expect(outcome).toBe('closed');
    expect(events).toEqual([['ready', {}]]);
  });

  it('keeps trying while the server cannot be reached at all', async () => {
    const { outcome, events } = await follow([(socket) => socket.end(1006), openAndEnd(1006)], {
      isReachable: async () => false,
    });
    expect(outcome).toBe('closed');
    expect(events).toEqual([['ready', {}]]);
  });

  it('renews the sign-in when the server says that it does not count any more, and goes on', async () => {
    const { sockets, outcome } = await follow([(socket) => socket.end(4401), openAndEnd(1006)]);
    expect(sockets).toHaveLength(3);
    expect(outcome).toBe('closed');
  });

  it('I12: ends the session only when the renewal was refused', async () => {
    let ended = 0;
    const { outcome } = await follow([openAndEnd(4401)], {
      refresh: async () => 'ended',
      onSessionEnded: () => {
        ended += 1;
      },
    });
    expect([outcome, ended]).toEqual(['refused', 1]);
  });

  it('does not come back to a server that refuses this sign-in', async () => {
    expect((await follow([openAndEnd(4403)])).outcome).toBe('refused');
  });

  it('I13: proves the sign-in anew on the same connection', async () => {
    const renewed = Promise.withResolvers<void>();
    const { sockets } = await follow([
      async (socket) => {
        socket.open();
        socket.send = (text) => {
          socket.sent.push(JSON.parse(text));
          renewed.resolve();
        };
        socket.frame('renew', { renew_before: '2030-01-01T00:00:00Z' });
        await renewed.promise;
        socket.end(1006);
      },
    ]);
    expect(sockets[0]?.sent).toEqual([{ type: 'hello' }, { type: 'renew', ticket: 'fresh' }]);
  });

  it('takes a connection that falls silent for dead', async () => {
    const { states } = await follow([(socket) => socket.open()], { silenceMs: 1 });
    expect(states.slice(0, 3)).toEqual(['connecting', 'open', 'reconnecting']);
  });
});
