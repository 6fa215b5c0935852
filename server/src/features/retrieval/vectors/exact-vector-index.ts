import type { Database } from '../../../platform/database/database.ts';
import { defineError } from '../../../platform/errors.ts';
import type { Corpus } from '../corpus.ts';
import type { VectorIndex } from './vector-index.ts';
import { findVectorSet, readVectors, type VectorSet } from './vector-queries.ts';
import { startVectorWorker, type VectorWorker } from './vector-worker.ts';

export const VectorsTooLarge = defineError(
  'retrieval.vectors_too_large',
  503,
  'Too many vectors',
  'The vectors of these documents need more memory than this server gives to them. With pgvector in PostgreSQL there is no such limit.',
);

interface CachedSet {
  dimensions: number;
  lastSeq: number;
  rows: number;
}

const readBatch = 2_000;
const bytesPerValue = 4;
/** Vectors of deleted chunks stay in the copy until they outweigh the living ones by this many. */
const tolerableDeadRows = 10_000;

/**
 * Exact search over a compact copy of an owner's vectors in a thread. A copy is brought up to date at each search by
 * reading what was added since; the least recently used ones leave when `maxBytes` is reached.
 * Throws `retrieval.vectors_too_large` when one owner's vectors alone exceed it.
 */
export function createExactVectorIndex(options: {
  db: Database;
  maxBytes: number;
  /** Milliseconds without a search after which all copies are given back. */
  idleMs: number;
}): VectorIndex {
  const { db, maxBytes, idleMs } = options;
  /** In order of last use. */
  const cached = new Map<string, CachedSet>();
  let worker: VectorWorker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const forget = (): void => {
    worker = undefined;
    cached.clear();
  };
  const release = async (): Promise<void> => {
    clearTimeout(idleTimer);
    const ending = worker;
    forget();
    await ending?.close();
  };
  const drop = (key: string): void => {
    cached.delete(key);
    worker?.drop(key);
  };
  const makeRoom = (forKey: string): void => {
    for (const key of [...cached.keys()]) {
      if (bytesOf(cached.values()) <= maxBytes) return;
      if (key !== forKey) drop(key);
    }
    if (bytesOf(cached.values()) <= maxBytes) return;
    drop(forKey);
    throw VectorsTooLarge.with();
  };

  const refresh = async (
    thread: VectorWorker,
    key: string,
    owner: { corpus: Corpus; model: string },
    stored: VectorSet,
  ): Promise<void> => {
    const before = cached.get(key);
    if (before && isOutdated(before, stored, owner.corpus)) drop(key);
    const set = cached.get(key) ?? { dimensions: stored.dimensions, lastSeq: 0, rows: 0 };
    cached.delete(key);
    cached.set(key, set);
    while (set.lastSeq < stored.last_seq) {
      const source = { ownerId: owner.corpus.ownerId, model: owner.model, dimensions: set.dimensions };
      const more = await readVectors(db, source, set.lastSeq, readBatch);
      if (more.numbers.length === 0) set.lastSeq = stored.last_seq;
      else set.lastSeq = more.lastSeq;
      set.rows += more.numbers.length;
      makeRoom(key);
      thread.append(key, more);
    }
  };

  return {
    async search({ corpus, model, vector, limit }) {
      const stored = await findVectorSet(db, corpus.ownerId, model);
      if (!stored || stored.dimensions !== vector.length) return { hits: [], considered: 0 };
      clearTimeout(idleTimer);
      idleTimer = setTimeout(() => void release(), idleMs).unref();
      worker ??= startVectorWorker(forget);
      const thread = worker;
      const key = JSON.stringify([corpus.ownerId, model]);
      // One after the other: two refreshes of a set would append the same vectors twice.
      const refreshed = turn.then(() => refresh(thread, key, { corpus, model }, stored));
      turn = refreshed.catch(() => undefined);
      await refreshed;
      return thread.search(key, vector, corpus.inScope, limit);
    },
    close: release,
  };
}

function isOutdated(set: CachedSet, stored: VectorSet, corpus: Corpus): boolean {
  return (
    set.dimensions !== stored.dimensions ||
    set.lastSeq > stored.last_seq ||
    set.rows > 2 * corpus.chunkCount + tolerableDeadRows
  );
}

function bytesOf(sets: Iterable<CachedSet>): number {
  let bytes = 0;
  for (const set of sets) bytes += set.rows * (set.dimensions + 1) * bytesPerValue;
  return bytes;
}
