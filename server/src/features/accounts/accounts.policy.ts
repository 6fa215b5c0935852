import type { Role } from '../../platform/http/route.ts';

const ranks: Record<Role, number> = { user: 0, admin: 1, superuser: 2 };

/** True when `role` is `needed` or higher. */
export function hasRank(role: Role, needed: Role): boolean {
  return ranks[role] >= ranks[needed];
}

/** Nobody creates, changes or deletes an account of equal or higher rank (S12); so nobody acts on themselves either. */
export function mayActOn(actor: Role, target: Role): boolean {
  return ranks[actor] > ranks[target];
}

/** Administrators act on people at all only from the rank of admin upward. */
export function mayAdminister(actor: Role, target: Role): boolean {
  return hasRank(actor, 'admin') && mayActOn(actor, target);
}

/** A role can be given only by somebody above both the role the account has and the one it gets. */
export function mayGiveRole(actor: Role, current: Role, next: Role): boolean {
  return mayAdminister(actor, current) && mayAdminister(actor, next);
}

/** A backup code stands in for a factor; alone it is none. */
const secondFactors: readonly string[] = ['passkey', 'totp'];

/** True when the person has a second factor, going by `Account.secondFactors`. */
export function hasSecondFactor(methods: readonly string[]): boolean {
  return methods.some((method) => secondFactors.includes(method));
}
