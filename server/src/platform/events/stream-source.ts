import type { Actor } from '../http/route.ts';
import type { StreamEvent } from './event-log.ts';

/** Where a feature's numbered streams come from, for whoever carries them to people. */
export interface StreamSource {
  /** Socket that carries it: answers being written, or work in progress. */
  channel: 'chat' | 'progress';
  /**
   * Every event after `afterSeq` once, first the stored ones, then live, until the end or the signal. `undefined` when
   * this source has no such stream or it is another person's: the two look the same (S30).
   */
  follow(
    actor: Actor,
    streamId: string,
    afterSeq: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<StreamEvent[]> | undefined>;
}
