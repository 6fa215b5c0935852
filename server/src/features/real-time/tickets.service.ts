import { createHash } from 'node:crypto';
import { createBoundedCache } from '../../platform/bounded-cache.ts';
import { randomText } from '../../platform/crypto/random-text.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { ChallengeStore } from '../challenges/index.ts';

/** What a ticket stood for. */
export interface TicketHolder {
  userId: string;
  sessionId: string;
}

/** Single-use tickets that stand for a session while a WebSocket is opened (S28). */
export interface Tickets {
  issue(actor: Actor): Promise<{ ticket: string; expires_at: string }>;
  /** Of parallel attempts in any process one gets the holder; `undefined` for all others. */
  redeem(ticket: string): Promise<TicketHolder | undefined>;
}

const purpose = 'ws-ticket';
const lifetimeSeconds = 30;

/** Tickets that any process of a cluster redeems. */
export function createSharedTickets(options: { db: Database; challenges: ChallengeStore }): Tickets {
  const { db, challenges } = options;
  return {
    async issue({ userId, sessionId }) {
      const { token, expiresAt } = await challenges.begin(db, {
        purpose,
        userId,
        data: { session_id: sessionId },
        lifetimeSeconds,
      });
      return { ticket: token, expires_at: expiresAt.toISOString() };
    },
    async redeem(ticket) {
      const challenge = await challenges.consume(db, { token: ticket, purpose });
      const sessionId = challenge?.data.session_id;
      if (!challenge?.userId || typeof sessionId !== 'string') return undefined;
      return { userId: challenge.userId, sessionId };
    },
  };
}

const maxTickets = 10_000;
const ticketBytes = 24;

/** Tickets of the only process there is: nothing is written for what lives 30 seconds, and a restart ends them all. */
export function createOwnTickets(now: () => number): Tickets {
  const holders = createBoundedCache<TicketHolder>(maxTickets, {
    ttl: lifetimeSeconds * 1_000,
    ttlResolution: 0,
    perf: { now },
  });
  return {
    async issue({ userId, sessionId }) {
      const ticket = randomText(ticketBytes);
      holders.set(hashOf(ticket), { userId, sessionId });
      return { ticket, expires_at: new Date(now() + lifetimeSeconds * 1_000).toISOString() };
    },
    async redeem(ticket) {
      const hash = hashOf(ticket);
      const holder = holders.get(hash);
      holders.delete(hash);
      return holder;
    },
  };
}

/** Looked up by hash, so that comparing takes no longer the more of a guess is right. */
function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}
