/** What an authentic access token says. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  /** The account's session version when the token was issued; legacy tokens do not say it. */
  version: number | undefined;
  expiresAtMs: number;
  /** Only in tokens of older systems: what else must be right before they count as a session. */
  legacy?: LegacyFacts | undefined;
}

/** What a token of an older system says beside whose it is. */
export interface LegacyFacts {
  email: string;
  issuedAtMs: number;
}
