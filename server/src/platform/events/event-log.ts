import { type RawBuilder, sql } from 'kysely';
import type { Database, Queryable } from '../database/database.ts';
import { defineError } from '../errors.ts';
import type { EventBus } from './event-bus.ts';

export interface StreamEvent {
  seq: number;
  type: string;
  data: unknown;
}

export interface NewEvent {
  type: string;
  data: unknown;
}

export interface NewStream {
  id: string;
  kind: string;
  ownerId: string;
}

export interface StreamState {
  id: string;
  kind: string;
  ownerId: string;
  attempt: number;
  lastSeq: number;
  stopRequested: boolean;
  ended: boolean;
}

/** The producer was replaced (its attempt is old) or the stream has ended: it must stop. */
export const StreamFenced = defineError(
  'streams.fenced',
  409,
  'Stream taken over',
  'Another worker has taken over this stream.',
);

/**
 * Ordered, durable event streams. An event is stored before any viewer sees it; sequence numbers have no gaps; only the
 * newest attempt of a producer may append.
 */
export interface EventLog {
  create(trx: Queryable, stream: NewStream): Promise<void>;
  /** The same as a part of a bigger statement: an insert that takes effect where `source` has a row. */
  createStatement(stream: NewStream, source: RawBuilder<unknown>): RawBuilder<unknown>;
  /**
   * Takes the stream for a new attempt; older attempts are fenced off. Returns the attempt's number, from 1, and
   * whether somebody has asked to stop. Throws `streams.fenced` when the stream has ended.
   */
  takeOver(streamId: string, trx?: Queryable): Promise<{ attempt: number; stopRequested: boolean }>;
  /**
   * Says that the producer is alive while it has nothing to append, and asks whether it should stop: the stored wish
   * reaches a producer that missed the message. Throws `streams.fenced` for an old attempt or an ended stream.
   */
  heartbeat(streamId: string, attempt: number): Promise<{ stopRequested: boolean }>;
  /**
   * Appends in order and publishes after the commit. Returns the last sequence number.
   * Throws `streams.fenced` for an old attempt or an ended stream. With `trx` the caller publishes with `announce`.
   */
  append(streamId: string, attempt: number, events: NewEvent[]): Promise<number>;
  appendIn(
    trx: Queryable,
    streamId: string,
    attempt: number,
    events: NewEvent[],
    options?: { end?: boolean },
  ): Promise<StreamEvent[]>;
  /** After the commit of `appendIn`. */
  announce(streamId: string, events: StreamEvent[]): void;
  find(streamId: string, trx?: Queryable): Promise<StreamState | undefined>;
  read(streamId: string, afterSeq: number, limit: number): Promise<StreamEvent[]>;
  /** Every event after `afterSeq` exactly once, first from the log, then live, until `end` or the signal. */
  follow(streamId: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<StreamEvent[], void>;
  requestStop(trx: Queryable, streamId: string): Promise<void>;
  /** Tells the producer, wherever it runs, to stop; call after the commit of `requestStop`. */
  announceStop(streamId: string): void;
  /** Calls back once when a stop is requested; returns the function that ends the watch. */
  onStop(streamId: string, listener: () => void): () => void;
  /** Streams of `kind` whose producer has not been heard of since `olderThanMs`. */
  listStale(kind: string, olderThanMs: number): Promise<StreamState[]>;
}

/** A viewer polls this often as a safety net: a lost notification delays an event, it never loses one. */
const safetyPollMs = 5_000;
const readBatch = 500;
const maxPendingAnnouncements = 200;

type Announcement = { after: number; events?: StreamEvent[] };

interface AppendedRow {
  last_seq: number;
}

/** The event log on PostgreSQL; live delivery over the bus. */
export function createEventLog(options: { db: Database; bus: EventBus }): EventLog {
  const { db, bus } = options;
  const topicOf = (streamId: string): string => `stream:${streamId}`;
  const stopTopicOf = (streamId: string): string => `stream-stop:${streamId}`;

  const log: EventLog = {
    async create(trx, stream) {
      await createStream(stream, sql`(select 1) as once`).execute(trx);
    },
    createStatement: createStream,
    async takeOver(streamId, trx = db) {
      // Not waited for on disk: whatever this attempt appends is written after it and takes it along.
      const result = await sql<{ attempt: number; stop_requested: boolean }>`
        with at_ease as materialized (
          select set_config('synchronous_commit', 'off', true) as setting where ${trx === db}::boolean)
        update streams set attempt = attempt + 1, heartbeat_at = now()
        where id = ${streamId} and ended_at is null and (select count(*) from at_ease) >= 0
        returning attempt, stop_requested_at is not null as stop_requested`.execute(trx);
      const row = result.rows[0];
      if (!row) throw StreamFenced.with();
      return { attempt: row.attempt, stopRequested: row.stop_requested };
    },
    async heartbeat(streamId, attempt) {
      const row = await db
        .updateTable('streams')
        .set({ heartbeat_at: sql<Date>`now()` })
        .where('id', '=', streamId)
        .where('attempt', '=', attempt)
        .where('ended_at', 'is', null)
        .returning('stop_requested_at')
        .executeTakeFirst();
      if (!row) throw StreamFenced.with();
      return { stopRequested: row.stop_requested_at !== null };
    },
    async append(streamId, attempt, events) {
      const stored = await log.appendIn(db, streamId, attempt, events);
      log.announce(streamId, stored);
      return stored.at(-1)?.seq ?? 0;
    },
    appendIn: (trx, streamId, attempt, events, end) =>
      appendEvents(trx, streamId, attempt, events, end?.end ?? false),
    announce(streamId, events) {
      const first = events[0];
      if (!first) return;
      const after = first.seq - 1;
      bus.publishLocal(topicOf(streamId), { after, events } satisfies Announcement);
      bus.publishRemote(topicOf(streamId), { after } satisfies Announcement);
    },
    find: (streamId, trx) => findStream(trx ?? db, streamId),
    async read(streamId, afterSeq, limit) {
      return db
        .selectFrom('stream_events')
        .select(['seq', 'type', 'data'])
        .where('stream_id', '=', streamId)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(limit)
        .execute();
    },
    follow: (streamId, afterSeq, signal) => followStream({ log, bus, streamId, afterSeq, signal, topicOf }),
    async requestStop(trx, streamId) {
      await trx
        .updateTable('streams')
        .set({ stop_requested_at: sql<Date>`coalesce(stop_requested_at, now())` })
        .where('id', '=', streamId)
        .where('ended_at', 'is', null)
        .execute();
    },
    announceStop: (streamId) => bus.publish(stopTopicOf(streamId), {}),
    onStop: (streamId, listener) => bus.subscribe(stopTopicOf(streamId), listener),
    async listStale(kind, olderThanMs) {
      const rows = await db
        .selectFrom('streams')
        .selectAll()
        .where('kind', '=', kind)
        .where('ended_at', 'is', null)
        .where('heartbeat_at', '<', sql<Date>`now() - ${olderThanMs} * interval '1 millisecond'`)
        .execute();
      return rows.map(toState);
    },
  };
  return log;
}

function createStream(stream: NewStream, source: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`insert into streams (id, kind, owner_id)
    select ${stream.id}::uuid, ${stream.kind}, ${stream.ownerId}::uuid from ${source}`;
}

async function appendEvents(
  trx: Queryable,
  streamId: string,
  attempt: number,
  events: NewEvent[],
  end: boolean,
): Promise<StreamEvent[]> {
  if (events.length === 0) return [];
  // One statement: the fence, the numbers and the rows stand or fall together.
  const result = await sql<AppendedRow>`
    with taken as (
      update streams set last_seq = last_seq + ${events.length}, heartbeat_at = now(),
        ended_at = case when ${end} then now() else null end
      where id = ${streamId} and attempt = ${attempt} and ended_at is null
      returning last_seq
    ), stored as (
      insert into stream_events (stream_id, seq, type, data)
      select ${streamId}, taken.last_seq - ${events.length} + e.position, e.type, e.data::jsonb
      from taken, unnest(${events.map((event) => event.type)}::text[], ${events.map((event) => JSON.stringify(event.data))}::text[])
        with ordinality as e (type, data, position)
    )
    select last_seq from taken`.execute(trx);
  const lastSeq = result.rows[0]?.last_seq;
  if (lastSeq === undefined) throw StreamFenced.with();
  const firstSeq = lastSeq - events.length + 1;
  return events.map((event, index) => ({ seq: firstSeq + index, type: event.type, data: event.data }));
}

async function findStream(db: Queryable, streamId: string): Promise<StreamState | undefined> {
  const row = await db.selectFrom('streams').selectAll().where('id', '=', streamId).executeTakeFirst();
  return row && toState(row);
}

function toState(row: {
  id: string;
  kind: string;
  owner_id: string;
  attempt: number;
  last_seq: number;
  stop_requested_at: Date | null;
  ended_at: Date | null;
}): StreamState {
  return {
    id: row.id,
    kind: row.kind,
    ownerId: row.owner_id,
    attempt: row.attempt,
    lastSeq: row.last_seq,
    stopRequested: row.stop_requested_at !== null,
    ended: row.ended_at !== null,
  };
}

interface FollowOptions {
  log: EventLog;
  bus: EventBus;
  streamId: string;
  afterSeq: number;
  signal: AbortSignal;
  topicOf: (streamId: string) => string;
}

async function* followStream(options: FollowOptions): AsyncGenerator<StreamEvent[], void> {
  const { log, bus, streamId, signal } = options;
  let seen = options.afterSeq;
  let pending: Announcement[] = [];
  let wake: (() => void) | undefined;
  // Subscribed before the first read: an event stored in between is in one of the two.
  const unsubscribe = bus.subscribe(options.topicOf(streamId), (announcement: Announcement) => {
    // A viewer that falls behind re-reads the log instead of holding events in memory.
    if (pending.length >= maxPendingAnnouncements) pending = [{ after: seen }];
    else pending.push(announcement);
    wake?.();
  });
  const onAbort = (): void => wake?.();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    let mustRead = true;
    while (!signal.aborted) {
      const announced = pending;
      pending = [];
      const direct: StreamEvent[] | undefined = mustRead ? undefined : contiguous(announced, seen);
      const events: StreamEvent[] = direct ?? (await log.read(streamId, seen, readBatch));
      // A full page means that there is more to read before waiting.
      mustRead = direct === undefined && events.length === readBatch;
      const last = events.at(-1);
      if (last) {
        seen = last.seq;
        yield events;
        if (last.type === 'end') return;
      } else if (direct === undefined && (await hasEnded(log, streamId, seen))) {
        return;
      }
      if (mustRead || pending.length > 0 || signal.aborted) continue;
      mustRead = !(await waitForWake((resolve) => {
        wake = resolve;
      }));
      wake = undefined;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}

/** The announced events after `seen` when they join on without a gap; `undefined` when the log must be read. */
function contiguous(announced: Announcement[], seen: number): StreamEvent[] | undefined {
  const events: StreamEvent[] = [];
  let next = seen + 1;
  for (const announcement of announced) {
    if (!announcement.events) return undefined;
    for (const event of announcement.events) {
      if (event.seq < next) continue;
      if (event.seq > next) return undefined;
      events.push(event);
      next += 1;
    }
  }
  return events;
}

async function hasEnded(log: EventLog, streamId: string, seen: number): Promise<boolean> {
  const state = await log.find(streamId);
  return state === undefined || (state.ended && state.lastSeq <= seen);
}

/** Resolves true when woken, false when the safety poll is due. */
function waitForWake(onResolver: (resolve: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), safetyPollMs);
    onResolver(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
