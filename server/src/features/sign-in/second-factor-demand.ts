import type { RiskVerdict } from './risk.ts';
import type { SecondFactorMethod } from './second-factors.ts';
import type { ProvenSignIn, SecondFactorDemand, SignInOptions } from './sign-in.types.ts';

export const secondFactorPurpose = 'sign_in.second_factor';
const lifetimeSeconds = 600;

/** What a sign-in remembers between its two factors. Nothing of it is in the client's hands. */
export interface PendingSignIn {
  factors: string[];
  methods: SecondFactorMethod[];
  /** Of the account when the first factor was right: a change since then ends the attempt. */
  version: number;
  delivery: 'cookie' | 'body';
  remember_device: boolean;
  /** A device that would have spared the second factor, had the sign-in not looked unusual. */
  trusted_device: string | null;
  verdict: RiskVerdict;
}

/** Stores what is proved so far and hands out nothing but the challenge (S16). */
export async function demandSecondFactor(
  { db, challenges, audit }: SignInOptions,
  { account, factors, attempt }: ProvenSignIn,
  demand: {
    methods: SecondFactorMethod[];
    verdict: RiskVerdict;
    trustedDevice: { id: string } | undefined;
  },
): Promise<SecondFactorDemand> {
  const { methods, verdict, trustedDevice } = demand;
  const pending: PendingSignIn = {
    factors,
    methods,
    version: account.sessionVersion,
    delivery: attempt.delivery,
    remember_device: attempt.rememberDevice === true,
    trusted_device: trustedDevice?.id ?? null,
    verdict,
  };
  const { token, expiresAt } = await challenges.begin(db, {
    purpose: secondFactorPurpose,
    userId: account.id,
    bindingId: attempt.bindingId,
    data: { pending },
    lifetimeSeconds,
  });
  await audit.record(db, {
    action: 'sign_in.second_factor_demanded',
    outcome: 'success',
    subjectId: account.id,
    factor: factors.join('+'),
    details: { methods: methods.join(','), unusual: verdict.response === 'step_up' },
    personal: { address: attempt.client.address, userAgent: attempt.client.userAgent },
  });
  return { challengeId: token, methods, expiresAt };
}
