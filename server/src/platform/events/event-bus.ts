/** A message between parts of the program, and between processes when `share` reaches them. Lost messages must do no harm. */
export interface BusMessage {
  topic: string;
  data: unknown;
}

/** Published locally whenever messages may have been missed: caches fed by the bus must start afresh. */
export const busReconnectedTopic = 'bus.reconnected';

export interface EventBus {
  /** Delivers to every subscriber of the topic in every process. Data is JSON, under 7 KB. */
  publish(topic: string, data: unknown): void;
  /** Delivers in this process only: for data that is stored already and that others re-read. */
  publishLocal(topic: string, data: unknown): void;
  /** Delivers in the other processes only. */
  publishRemote(topic: string, data: unknown): void;
  /** Returns the function that ends the subscription. */
  subscribe(topic: string, listener: (data: never) => void): () => void;
}

/** Carries messages to other processes; `undefined` where there is only one. */
export interface BusTransport {
  send(message: BusMessage): void;
  onMessage(listener: (message: BusMessage) => void): void;
}

/** In-process bus, joined to other processes by a transport. A listener that throws is reported and harms no other. */
export function createEventBus(options: {
  transport?: BusTransport;
  onListenerError: (error: unknown, topic: string) => void;
}): EventBus {
  const listeners = new Map<string, Set<(data: never) => void>>();
  const publishLocal = (topic: string, data: unknown): void => {
    for (const listener of listeners.get(topic) ?? []) {
      try {
        listener(data as never);
      } catch (error) {
        options.onListenerError(error, topic);
      }
    }
  };
  options.transport?.onMessage((message) => publishLocal(message.topic, message.data));
  return {
    publish(topic, data) {
      publishLocal(topic, data);
      options.transport?.send({ topic, data });
    },
    publishLocal,
    publishRemote(topic, data) {
      options.transport?.send({ topic, data });
    },
    subscribe(topic, listener) {
      const known = listeners.get(topic) ?? new Set();
      listeners.set(topic, known.add(listener));
      return () => {
        known.delete(listener);
        if (known.size === 0 && listeners.get(topic) === known) listeners.delete(topic);
      };
    },
  };
}
