import type { EventBus } from './event-bus.ts';

export type FeedKind =
  | 'document'
  | 'conversation'
  | 'pull'
  | 'provider'
  | 'session'
  | 'alert'
  | 'device'
  | 'export'
  | 'workflow'
  | 'run'
  | 'approval'
  | 'notification'
  | 'memory';

export interface FeedChange {
  kind: FeedKind;
  id: string;
}

/** Hints to a person's open pages that something of theirs changed and should be read again. Nothing depends on them. */
export interface UserFeed {
  changed(userId: string, kind: FeedKind, id: string): void;
  subscribe(userId: string, listener: (change: FeedChange) => void): () => void;
}

export function createUserFeed(bus: EventBus): UserFeed {
  return {
    changed: (userId, kind, id) => bus.publish(`user:${userId}`, { kind, id } satisfies FeedChange),
    subscribe: (userId, listener) => bus.subscribe(`user:${userId}`, listener),
  };
}
