import { createHash } from 'node:crypto';
import { randomText } from '../../platform/crypto/random-text.ts';
import type { Executor } from '../audit/index.ts';
import {
  amendChallenge,
  type Challenge,
  type ChallengeKeyRow,
  consumeChallenge,
  countChallengeAttempt,
  findChallenge,
  insertChallenge,
} from './challenges.queries.ts';

export interface NewChallenge {
  /** What it is for: a challenge of one purpose never answers for another. */
  purpose: string;
  userId?: string | undefined;
  /** Id of the session or pre-session it belongs to; without one it belongs to whoever holds the text. */
  bindingId?: string | undefined;
  data: Record<string, unknown>;
  lifetimeSeconds: number;
}

export interface ChallengeKey {
  token: string;
  purpose: string;
  bindingId?: string | undefined;
}

/** One store for every proof under way: second factors, WebAuthn ceremonies, codes by mail. Consumed once (S8, S15). */
export interface ChallengeStore {
  /** Returns the random text (192 bits) that the client holds; only its hash is stored. */
  begin(executor: Executor, input: NewChallenge): Promise<{ token: string; expiresAt: Date }>;
  /** Reads without consuming; `undefined` when unknown, expired, of another purpose or bound to something else. */
  find(executor: Executor, key: ChallengeKey): Promise<Challenge | undefined>;
  /** Consumes atomically: of parallel attempts one gets it. */
  consume(executor: Executor, key: ChallengeKey): Promise<Challenge | undefined>;
  /** Counts an attempt; `undefined` when the limit is reached, and then the challenge is gone. */
  countAttempt(executor: Executor, key: ChallengeKey & { limit: number }): Promise<Challenge | undefined>;
  /** Adds to what the challenge remembers; `undefined` like `find`. */
  amend(
    executor: Executor,
    key: ChallengeKey & { data: Record<string, unknown> },
  ): Promise<Challenge | undefined>;
}

const tokenBytes = 24;
const tokenPattern = /^[\w-]{32}$/;

export function createChallengeStore(): ChallengeStore {
  const known = <Result>(
    key: ChallengeKey,
    work: (row: ChallengeKeyRow) => Promise<Result | undefined>,
  ): Promise<Result | undefined> =>
    tokenPattern.test(key.token) ? work(toKeyRow(key)) : Promise.resolve(undefined);
  return {
    async begin(executor, input) {
      const token = randomText(tokenBytes);
      const expiresAt = await insertChallenge(executor, {
        ...toKeyRow({ ...input, token }),
        userId: input.userId,
        data: input.data,
        lifetimeSeconds: input.lifetimeSeconds,
      });
      return { token, expiresAt };
    },
    find: (executor, key) => known(key, (row) => findChallenge(executor, row)),
    consume: (executor, key) => known(key, (row) => consumeChallenge(executor, row)),
    countAttempt: (executor, key) => known(key, (row) => countChallengeAttempt(executor, row, key.limit)),
    amend: (executor, key) => known(key, (row) => amendChallenge(executor, row, key.data)),
  };
}

function toKeyRow(key: ChallengeKey): ChallengeKeyRow {
  return {
    tokenHash: hashOf(key.token),
    purpose: key.purpose,
    bindingHash: key.bindingId === undefined ? null : hashOf(key.bindingId),
  };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
