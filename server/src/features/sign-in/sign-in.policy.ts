import type { Restriction } from '../../platform/http/route.ts';
import { type Account, hasSecondFactor } from '../accounts/index.ts';
import type { KnownDevice } from '../devices/index.ts';
import { demandsSecondFactor, type SecurityPolicy } from '../policies/index.ts';

const dayMs = 86_400_000;

/** What a session of this account may do, and by when a second factor is due. */
export interface Standing {
  restriction: Restriction | undefined;
  dueAt: Date | undefined;
  /** The time differs from the one that is stored. */
  dueChanges: boolean;
}

/** Decides what the policy lets a person do who has proved themselves. */
export function decideStanding(policy: SecurityPolicy, account: Account, nowMs: number): Standing {
  const missing = demandsSecondFactor(policy, account.role) && !hasSecondFactor(account.secondFactors);
  const dueAt = missing
    ? (account.secondFactorDueAt ?? new Date(nowMs + policy.second_factor_grace_days * dayMs))
    : undefined;
  const dueChanges = dueAt !== account.secondFactorDueAt;
  if (account.mustChangePassword && account.hasPassword)
    return { restriction: 'change_password', dueAt, dueChanges };
  const overdue = dueAt !== undefined && dueAt.getTime() <= nowMs;
  return { restriction: overdue ? 'enrol_second_factor' : undefined, dueAt, dueChanges };
}

/** A device that was trusted after a second factor spares it from then on, as long as the policy still allows that. */
export function sparesSecondFactor(policy: SecurityPolicy, device: KnownDevice | undefined): boolean {
  return device?.trusted === true && policy.remember_device_days > 0;
}

/** An address must be verified where policy says so; whoever could not change the policy back is let in. */
export function lacksVerifiedEmail(policy: SecurityPolicy, account: Account): boolean {
  return policy.require_verified_email && !account.emailVerified && account.role !== 'superuser';
}
