import { isProblem } from '../../../platform/errors.ts';
import type { EventLog, StreamEvent } from '../../../platform/events/event-log.ts';
import type { StreamSource } from '../../../platform/events/stream-source.ts';
import { GenerationNotFound } from '../conversations.errors.ts';
import type { Generations } from './generations.service.ts';

/**
 * Every event of a person's answer after `afterSeq`, first the stored ones, then live, until its end or the signal;
 * `undefined` when nothing can come any more. Throws `generations.not_found`, for another person's as for an unknown one.
 */
export type FollowGeneration = (
  owner: { userId: string },
  generationId: string,
  afterSeq: number,
  signal: AbortSignal,
) => Promise<AsyncIterable<StreamEvent[]> | undefined>;

/** The one way to follow an answer, whatever carries it to the person. */
export function createFollowGeneration(options: {
  generations: Generations;
  eventLog: EventLog;
}): FollowGeneration {
  return async (owner, generationId, afterSeq, signal) => {
    const generation = await options.generations.get(owner, generationId);
    if (generation.ended_at !== null && afterSeq >= generation.last_seq) return undefined;
    return options.eventLog.follow(generation.id, afterSeq, signal);
  };
}

/** Answers as streams for whoever carries them. */
export function generationStreams(follow: FollowGeneration): StreamSource {
  return {
    channel: 'chat',
    async follow(actor, streamId, afterSeq, signal) {
      try {
        return (await follow(actor, streamId, afterSeq, signal)) ?? nothing();
      } catch (error) {
        if (isProblem(error, GenerationNotFound)) return undefined;
        throw error;
      }
    },
  };
}

async function* nothing(): AsyncGenerator<StreamEvent[], void> {}
