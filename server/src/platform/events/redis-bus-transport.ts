import { createClient } from '@redis/client';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Secret } from '../crypto/secret.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { BusMessage, BusTransport } from './event-bus.ts';
import { openEnvelope, sealEnvelope } from './signed-envelope.ts';

const channel = 'aiwfe_bus';
/** Goes round through Redis and back to its sender only: proves both directions. */
const beatTopic = 'bus.beat';
const beatMs = 1_000;
/**
 * Beats without an answer until Redis counts as lost. Counted, not timed: a process that stood still sends its next beat
 * before it reads the answer to the last one, and would take a Redis that lives for lost.
 */
const lostAfterBeats = 3;
/** After so many the connections are made anew: one that is broken in silence never says so. */
const reopenAfterBeats = 15;

export interface RedisBusTransport extends BusTransport {
  /** Whether messages go round; `false` also before the first one did. */
  readonly up: boolean;
  /** What Redis has not confirmed when it is lost is handed over here. */
  onUndelivered(listener: (message: BusMessage) => void): void;
  onChange(listener: (up: boolean) => void): void;
  /** Waits for nothing: a Redis that is away is picked up when it comes. */
  start(): void;
  close(): void;
}

export interface RedisBusOptions {
  url: Secret;
  processId: string;
  keys: KeyRing;
  log: Logger;
  /** Tests put their own in its place. */
  connect?: typeof createClient;
}

/** Carries bus messages over Redis publish/subscribe. */
export function createRedisBusTransport(options: RedisBusOptions): RedisBusTransport {
  return new RedisBus(options);
}

class RedisBus implements RedisBusTransport {
  up = false;
  readonly #options: RedisBusOptions;
  readonly #unconfirmed = new Set<BusMessage>();
  #deliver: (message: BusMessage) => void = () => undefined;
  #undelivered: (message: BusMessage) => void = () => undefined;
  #changed: (up: boolean) => void = () => undefined;
  #clients: RedisPair | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unansweredBeats = 0;

  constructor(options: RedisBusOptions) {
    this.#options = options;
  }

  onMessage(listener: (message: BusMessage) => void): void {
    this.#deliver = listener;
  }

  onUndelivered(listener: (message: BusMessage) => void): void {
    this.#undelivered = listener;
  }

  onChange(listener: (up: boolean) => void): void {
    this.#changed = listener;
  }

  start(): void {
    this.#open();
    this.#timer = setInterval(() => this.#countBeat(), beatMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clients?.close();
    this.#clients = undefined;
  }

  send(message: BusMessage): void {
    this.#unconfirmed.add(message);
    this.#publish(message).then(
      () => this.#unconfirmed.delete(message),
      () => {
        if (this.#unconfirmed.delete(message)) this.#undelivered(message);
      },
    );
  }

  async #publish(message: BusMessage): Promise<void> {
    const { keys, processId } = this.#options;
    if (!this.#clients) throw new Error('Redis is closed.');
    await this.#clients.publish(sealEnvelope(keys, { from: processId, ...message }));
  }

  #open(): void {
    this.#clients?.close();
    this.#unansweredBeats = 0;
    const { url, connect = createClient } = this.#options;
    this.#clients = openPair(connect, url, {
      onText: (text) => this.#receive(text),
      onReady: () => this.#beat(),
      onError: (error) => this.#lose(error),
    });
  }

  #receive(text: string): void {
    const envelope = openEnvelope(this.#options.keys, text);
    if (!envelope) return;
    const isOwn = envelope.from === this.#options.processId;
    if (!isOwn) {
      if (envelope.topic !== beatTopic) this.#deliver({ topic: envelope.topic, data: envelope.data });
      return;
    }
    this.#unansweredBeats = 0;
    if (!this.up) {
      this.up = true;
      this.#changed(true);
    }
  }

  #countBeat(): void {
    if (this.#unansweredBeats >= lostAfterBeats) this.#lose(new Error('Redis does not answer.'));
    if (this.#unansweredBeats >= reopenAfterBeats) this.#open();
    this.#unansweredBeats += 1;
    this.#beat();
  }

  #beat(): void {
    // A beat that fails is one that does not come back.
    this.#publish({ topic: beatTopic, data: {} }).catch((error: unknown) => this.#lose(error));
  }

  #lose(error: unknown): void {
    if (!this.up) return;
    this.up = false;
    this.#options.log.warn({ err: error }, 'redis connection failed');
    this.#changed(false);
    const undelivered = [...this.#unconfirmed];
    this.#unconfirmed.clear();
    for (const message of undelivered) this.#undelivered(message);
  }
}

interface RedisPair {
  publish(text: string): Promise<unknown>;
  close(): void;
}

/** A connection that subscribes can do nothing else, so there are two. Both come back by themselves. */
function openPair(
  connect: typeof createClient,
  url: Secret,
  on: { onText: (text: string) => void; onReady: () => void; onError: (error: unknown) => void },
): RedisPair {
  const make = () =>
    connect({
      url: url.reveal(),
      disableOfflineQueue: true,
      socket: { connectTimeout: 3_000, reconnectStrategy: (retries) => Math.min(1_000, 50 * 2 ** retries) },
    });
  const publisher = make();
  const subscriber = make();
  for (const client of [publisher, subscriber]) {
    client.on('error', on.onError);
    client.on('ready', on.onReady);
  }
  let closed = false;
  const failed = (error: unknown): void => {
    if (!closed) on.onError(error);
  };
  publisher.connect().catch(failed);
  subscriber
    .connect()
    .then(() => subscriber.subscribe(channel, on.onText))
    .then(on.onReady)
    .catch(failed);
  return {
    publish: (text) => publisher.publish(channel, text),
    close() {
      closed = true;
      for (const client of [publisher, subscriber]) {
        client.removeAllListeners();
        // Whatever is under way fails now; without a listener the error would end the process.
        client.on('error', () => undefined);
        if (client.isOpen) client.destroy();
      }
    },
  };
}
