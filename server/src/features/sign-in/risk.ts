import type { Account } from '../accounts/index.ts';
import type { ClientFacts, Executor } from '../audit/index.ts';
import type { KnownDevice } from '../devices/index.ts';
import type { AnomalyKind } from '../policies/index.ts';

/** One thing that is unusual about a sign-in. */
export interface RiskSignal {
  kind: AnomalyKind;
  severity: 'info' | 'warning' | 'critical';
  /** Plain values for the sentence that explains it. */
  facts: Record<string, string | number | boolean>;
}

export type RiskResponse = 'none' | 'notify' | 'step_up' | 'block';

export interface RiskInput {
  account: Account;
  device: KnownDevice | undefined;
  client: ClientFacts;
  /** What was proved so far. */
  factors: string[];
}

export interface RiskVerdict {
  /** The strictest answer to any of the signals, by policy. */
  response: RiskResponse;
  signals: RiskSignal[];
  /** ISO 3166-1 alpha-2 of the address, where it is known. */
  country: string | undefined;
}

/** What became of an assessed sign-in. */
export interface RiskOutcome {
  account: Account;
  client: ClientFacts;
  verdict: RiskVerdict;
  /** `challenged`: a second factor was asked for because of it, and is still to be shown. */
  outcome: 'signed_in' | 'challenged' | 'blocked';
  /** Whether a second factor was asked for and shown because of it. */
  steppedUp: boolean;
  sessionId: string | undefined;
  deviceId: string | undefined;
}

/** Looks at a sign-in whose first factor was right. The anomalies feature implements it. */
export interface RiskAssessor {
  assess(input: RiskInput): Promise<RiskVerdict>;
  /**
   * Stores alerts and tells the person; called only when there are signals. Returns what to call after the commit, where
   * there is something.
   */
  recordOutcome(executor: Executor, outcome: RiskOutcome): Promise<(() => void) | undefined>;
}

const nothingUnusual: RiskVerdict = { response: 'none', signals: [], country: undefined };

/** Where nothing assesses: every sign-in is usual. */
export const noRiskAssessor: RiskAssessor = {
  assess: async () => nothingUnusual,
  recordOutcome: async () => undefined,
};
