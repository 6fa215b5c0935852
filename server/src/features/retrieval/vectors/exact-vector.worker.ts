import { parentPort } from 'node:worker_threads';
import { scanVectors, type VectorSegment } from './vector-scan.ts';

export type WorkerRequest =
  | { kind: 'append'; set: string; segment: VectorSegment }
  | { kind: 'drop'; set: string }
  | { kind: 'search'; id: number; set: string; query: Float32Array; allowed: Uint8Array; limit: number };

const sets = new Map<string, VectorSegment[]>();

parentPort?.on('message', (request: WorkerRequest) => {
  if (request.kind === 'drop') sets.delete(request.set);
  else if (request.kind === 'append') {
    const segments = sets.get(request.set) ?? [];
    segments.push(request.segment);
    sets.set(request.set, segments);
  } else {
    const { id, set, query, allowed, limit } = request;
    parentPort?.postMessage({ id, result: scanVectors(sets.get(set) ?? [], query, allowed, limit) });
  }
});
