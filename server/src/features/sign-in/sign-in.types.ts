import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Restriction } from '../../platform/http/route.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Account, AccountsService } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import type { ChallengeStore } from '../challenges/index.ts';
import type { KnownDevice } from '../devices/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import type { SessionsService, SessionTokens } from '../sessions/index.ts';
import type { AttemptAdmission } from './attempt-admission.ts';
import type { RiskAssessor } from './risk.ts';
import type { SecondFactorMethod, SecondFactors } from './second-factors.ts';
import type { Throttle } from './throttle.ts';

/** How a sign-in came in, and how its session is to be handed over. */
export interface ProvenAttempt {
  delivery: 'cookie' | 'body';
  deviceCookie: string | undefined;
  client: ClientFacts;
  /** Asks for trust in this device; a second factor must be shown for it. */
  rememberDevice?: boolean | undefined;
  /** Session or pre-session of the browser (`delivery.bindingOf`); programs may have none. */
  bindingId?: string | undefined;
}

/** A person whose first factor was right. */
export interface ProvenSignIn {
  account: Account;
  /** What was proved, such as `password` or `oauth:google`. */
  factors: string[];
  attempt: ProvenAttempt;
  /** It stands for both factors: a passkey with user verification. */
  complete: boolean;
}

/** What the first factor's own statement has read already. */
export interface KnownOfAttempt {
  device: KnownDevice | undefined;
  /** Counters that were raised and are taken back by success. */
  counted: string[];
}

export interface CompletedSignIn {
  account: Account;
  tokens: SessionTokens;
  /** What the device cookie must hold; nothing for programs. */
  deviceCookie: string | undefined;
  restriction: Restriction | undefined;
  /** Until then a second factor must be set up. */
  secondFactorDueAt: Date | undefined;
}

/** The first factor was right and a second is due: nothing exists but this challenge (S16). */
export interface SecondFactorDemand {
  challengeId: string;
  methods: SecondFactorMethod[];
  expiresAt: Date;
}

export type SignInResult = CompletedSignIn | SecondFactorDemand;

export function isDemand(result: SignInResult): result is SecondFactorDemand {
  return 'challengeId' in result;
}

/** Registrations whose address nobody has proved yet: there is no account behind them. */
export interface PendingRegistrations {
  proves(canonicalEmail: string, password: string): Promise<boolean>;
}

export interface SignInOptions {
  db: Database;
  registrations: PendingRegistrations;
  keys: KeyRing;
  log: Logger;
  accounts: AccountsService;
  sessions: SessionsService;
  audit: AuditTrail;
  throttle: Throttle;
  admission: AttemptAdmission;
  policies: PoliciesService;
  challenges: ChallengeStore;
  notices: SecurityNotices;
  secondFactors: SecondFactors;
  risk: RiskAssessor;
}
