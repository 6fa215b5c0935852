import type { StreamSource } from '../../platform/events/stream-source.ts';
import type { FeedKind, UserFeed } from '../../platform/events/user-feed.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Channel } from './channel.ts';
import { FeedMember } from './feed-member.ts';
import { StreamMember } from './stream-member.ts';

/** Work that has a beginning and an end. */
const progressKinds: ReadonlySet<FeedKind> = new Set<FeedKind>(['document', 'pull']);

export interface ChannelOptions {
  userFeed: UserFeed;
  sources: readonly StreamSource[];
  log: Logger;
}

/** What can be opened below /api/v1/ws. */
export function createChannels({ userFeed, sources, log }: ChannelOptions): Channel[] {
  const sourcesOf = (channel: StreamSource['channel']) =>
    sources.filter((source) => source.channel === channel);
  const chatSources = sourcesOf('chat');
  const progressSources = sourcesOf('progress');
  return [
    {
      name: 'notifications',
      summary: 'What changed, as it changes (WebSocket)',
      description:
        'Frames `changed` with `{kind, id}`. Hints, not a log: after a reconnect, and after the frame `gap`, read again what you show.',
      join(connection, actor) {
        const feed = new FeedMember(userFeed, connection, actor);
        // No streams are followed here: every one is unknown.
        const streams = new StreamMember({ connection, actor, sources: [], log });
        return combine(feed, streams);
      },
    },
    {
      name: 'chat',
      summary: 'Answers as they are written (WebSocket)',
      description:
        '`{"type":"resume","stream":"<generation id>","after_seq":0}` gives every event of the answer after that number exactly once, as its server-sent events do, then the frame `done`. `leave` ends that.',
      join(connection, actor) {
        return combine(undefined, new StreamMember({ connection, actor, sources: chatSources, log }));
      },
    },
    {
      name: 'progress',
      summary: 'Work in progress (WebSocket)',
      description:
        'Frames `changed` for documents being read and models being downloaded; `resume` follows the numbered events of a download.',
      join(connection, actor) {
        const feed = new FeedMember(userFeed, connection, actor, progressKinds);
        return combine(feed, new StreamMember({ connection, actor, sources: progressSources, log }));
      },
    },
  ];
}

function combine(feed: FeedMember | undefined, streams: StreamMember) {
  return {
    resume: (streamId: string, afterSeq: number) => streams.resume(streamId, afterSeq),
    leave: (streamId: string) => streams.leave(streamId),
    noteGap: () => feed?.noteGap(),
    close() {
      feed?.close();
      streams.close();
    },
  };
}
