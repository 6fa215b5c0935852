import type { Actor } from '../../platform/http/route.ts';
import type { SocketConnection } from '../../platform/http/socket-connection.ts';

/** What a connection carries once it is known whose it is. */
export interface Channel {
  /** Last word of the address below /api/v1/ws. */
  name: string;
  summary: string;
  description: string;
  join(connection: SocketConnection, actor: Actor): Member;
}

/** One connection's part in a channel. */
export interface Member {
  /** Follows a numbered stream after `afterSeq`; one that is followed already begins anew there. */
  resume(streamId: string, afterSeq: number): Promise<void>;
  leave(streamId: string): void;
  /** Hints may have been missed: what is shown must be read again. */
  noteGap(): void;
  close(): void;
}
