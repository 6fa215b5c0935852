import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import { describe, expect, test } from 'vitest';
import { openEventSource } from './event-source.ts';

/** A reader's connection that takes nothing while it is full. */
class Connection extends EventEmitter {
  written: string[] = [];
  isFull = false;
  ended = false;
  destroyed = false;
  writeHead = () => this;
  write = (text: string): boolean => {
    this.written.push(text);
    return !this.isFull;
  };
  end = () => {
    this.ended = true;
  };
  destroy = () => {
    this.destroyed = true;
    this.emit('close');
  };
  get writableEnded() {
    return this.ended;
  }
  get writableNeedDrain() {
    return this.isFull;
  }
}

function open() {
  const connection = new Connection();
  const gone = new AbortController();
  const reply = { raw: connection, hijack: () => undefined, getHeaders: () => ({}) };
  const writer = openEventSource(reply as unknown as FastifyReply, gone.signal);
  return { connection, gone, writer };
}
const event = (seq: number) => ({ seq, type: 'delta', data: { seq } });
const settled = async (work: Promise<void>) => {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => setImmediate(resolve, pending));
  return (await Promise.race([work, turn])) !== pending;
};

describe('a reader that takes nothing', () => {
  test('keeps whoever writes waiting until it takes something', async () => {
    const { connection, writer } = open();
    expect(await settled(writer.sendAll([event(1)]))).toBe(true);
    connection.isFull = true;
    const second = writer.sendAll([event(2)]);
    expect(await settled(second)).toBe(false);
    connection.isFull = false;
    connection.emit('drain');
    expect(await settled(second)).toBe(true);
    expect(connection.listenerCount('drain') + connection.listenerCount('close')).toBe(0);
    expect(connection.written.slice(1)).toEqual([
      'id: 1\nevent: delta\ndata: {"seq":1}\n\n',
      'id: 2\nevent: delta\ndata: {"seq":2}\n\n',
    ]);
    writer.close();
  });

  test('keeps nobody waiting once it has gone, and no server from stopping', async () => {
    const { connection, gone, writer } = open();
    connection.isFull = true;
    const sending = writer.sendAll([event(1)]);
    expect(await settled(sending)).toBe(false);
    gone.abort();
    expect(connection.destroyed).toBe(true);
    expect(await settled(sending)).toBe(true);
    expect(await settled(writer.sendAll([event(2)]))).toBe(true);
  });
});

test('a reader that has taken everything is ended in order when the server stops', () => {
  const { connection, gone } = open();
  gone.abort();
  expect([connection.ended, connection.destroyed]).toEqual([true, false]);
});
