import { isProblem } from '../../platform/errors.ts';
import type { StreamSource } from '../../platform/events/stream-source.ts';
import { PullNotFound } from './models.errors.ts';
import type { PullsService } from './pulls.service.ts';

/** Downloads as streams for whoever carries them. They belong to the installation: everybody signed in may look on. */
export function pullStreams(pulls: PullsService): StreamSource {
  return {
    channel: 'progress',
    async follow(_actor, streamId, afterSeq, signal) {
      try {
        return await pulls.follow(streamId, afterSeq, signal);
      } catch (error) {
        if (isProblem(error, PullNotFound)) return undefined;
        throw error;
      }
    },
  };
}
