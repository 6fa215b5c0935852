/** Bounds of one process; times in milliseconds. */
export interface SocketLimits {
  connections: number;
  /** Connections that have not yet shown whose they are. */
  unproven: number;
  perPerson: number;
  helloMs: number;
  pingMs: number;
  /** A client that is not heard of for so long has gone; its WebSocket answers pings by itself. */
  silenceMs: number;
  /** A client that takes nothing of what is sent for so long is sent away; it may come back and resume. */
  stalledMs: number;
  /** How often the session is looked at beside the moments when sessions change. */
  recheckMs: number;
  messages: { max: number; everyMs: number };
  /** A connection counts for as long as an access token would; by then a new ticket must come. */
  proofMs: number;
  /** So long before that the client is asked for one. */
  renewAheadMs: number;
}

export function socketLimits(accessTokenSeconds: number): SocketLimits {
  const proofMs = accessTokenSeconds * 1_000;
  return {
    connections: 12_000,
    unproven: 1_000,
    perPerson: 100,
    helloMs: 5_000,
    pingMs: 25_000,
    silenceMs: 75_000,
    stalledMs: 60_000,
    recheckMs: 30_000,
    messages: { max: 120, everyMs: 10_000 },
    proofMs,
    renewAheadMs: Math.min(120_000, proofMs / 2),
  };
}
