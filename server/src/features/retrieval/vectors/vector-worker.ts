import { Worker } from 'node:worker_threads';
import type { WorkerRequest } from './exact-vector.worker.ts';
import type { VectorResult } from './vector-index.ts';
import type { VectorSegment } from './vector-scan.ts';

/** The thread that holds the compact copies: a scan of 100,000 vectors must not hold up the event loop. */
export interface VectorWorker {
  append(set: string, segment: VectorSegment): void;
  drop(set: string): void;
  search(set: string, query: Float32Array, allowed: Uint8Array, limit: number): Promise<VectorResult>;
  close(): Promise<void>;
}

/** Starts the thread. `onLost` is called once when it ends by itself; searches under way fail. */
export function startVectorWorker(onLost: () => void): VectorWorker {
  const worker = new Worker(new URL('./exact-vector.worker.ts', import.meta.url));
  const waiting = new Map<number, PromiseWithResolvers<VectorResult>>();
  let lastId = 0;
  let closed = false;
  // It keeps no process alive that has nothing else to do.
  worker.unref();
  worker.on('message', ({ id, result }: { id: number; result: VectorResult }) => {
    waiting.get(id)?.resolve(result);
    waiting.delete(id);
  });
  const fail = (error: Error): void => {
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
    if (!closed) onLost();
    closed = true;
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The vector thread ended.')));
  const post = (request: WorkerRequest, transfer: ArrayBuffer[] = []): void =>
    worker.postMessage(request, transfer);
  return {
    append: (set, segment) =>
      post({ kind: 'append', set, segment }, [
        segment.numbers.buffer as ArrayBuffer,
        segment.vectors.buffer as ArrayBuffer,
      ]),
    drop: (set) => post({ kind: 'drop', set }),
    search(set, query, allowed, limit) {
      if (closed) return Promise.reject(new Error('The vector thread ended.'));
      const id = ++lastId;
      const answer = Promise.withResolvers<VectorResult>();
      waiting.set(id, answer);
      post({ kind: 'search', id, set, query, allowed, limit });
      return answer.promise;
    },
    async close() {
      closed = true;
      await worker.terminate();
    },
  };
}
