import pg from 'pg';
import type { Logger } from '../telemetry/logger.ts';
import { type BusMessage, type BusTransport, busReconnectedTopic } from './event-bus.ts';

const channel = 'aiwfe_bus';
const maxReconnectDelayMs = 5_000;

interface Envelope extends BusMessage {
  from: string;
}

export interface PostgresBusTransport extends BusTransport {
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Carries bus messages over LISTEN/NOTIFY. LISTEN needs a direct connection; a pooler in transaction mode loses it. */
export function createPostgresBusTransport(options: {
  pool: pg.Pool;
  directUrl: string;
  processId: string;
  log: Logger;
}): PostgresBusTransport {
  const { pool, directUrl, processId, log } = options;
  let deliver: (message: BusMessage) => void = () => undefined;
  let client: pg.Client | undefined;
  let closed = false;
  let reconnectDelayMs = 100;
  let reconnectTimer: NodeJS.Timeout | undefined;

  const receive = (payload: string): void => {
    const envelope = JSON.parse(payload) as Envelope;
    if (envelope.from !== processId) deliver({ topic: envelope.topic, data: envelope.data });
  };

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: directUrl,
      keepAlive: true,
      application_name: 'aiwfe bus',
    });
    next.on('error', (error) => log.warn({ err: error }, 'bus connection failed'));
    next.on('end', () => scheduleReconnect());
    next.on('notification', (message) => receive(message.payload ?? ''));
    await next.connect();
    await next.query(`listen ${channel}`);
    client = next;
    reconnectDelayMs = 100;
  };

  const reconnect = async (): Promise<void> => {
    try {
      await connect();
      log.info('bus connection is back');
      deliver({ topic: busReconnectedTopic, data: {} });
    } catch (error) {
      log.warn({ err: error }, 'bus connection cannot be restored yet');
      scheduleReconnect();
    }
  };

  const scheduleReconnect = (): void => {
    client = undefined;
    if (closed || reconnectTimer) return;
    reconnectTimer = setTimeout(() => {
      reconnectTimer = undefined;
      void reconnect();
    }, reconnectDelayMs);
    reconnectDelayMs = Math.min(maxReconnectDelayMs, reconnectDelayMs * 2);
  };

  return {
    send(message) {
      const envelope: Envelope = { from: processId, topic: message.topic, data: message.data };
      pool
        .query('select pg_notify($1, $2)', [channel, JSON.stringify(envelope)])
        .catch((error: unknown) =>
          log.error({ err: error, topic: message.topic }, 'bus message was not sent'),
        );
    },
    onMessage(listener) {
      deliver = listener;
    },
    start: connect,
    async close() {
      closed = true;
      clearTimeout(reconnectTimer);
      await client?.end();
    },
  };
}
