export {
  noRiskAssessor,
  type RiskAssessor,
  type RiskInput,
  type RiskOutcome,
  type RiskResponse,
  type RiskSignal,
  type RiskVerdict,
} from './risk.ts';
export { ChallengeIdField, CodeField, CredentialField } from './second-factor.routes.ts';
export type { SecondFactorService } from './second-factor.service.ts';
export type {
  SecondFactorContext,
  SecondFactorMethod,
  SecondFactorProof,
  SecondFactors,
  SecondFactorVerifier,
} from './second-factors.ts';
export {
  ChallengeExpired,
  InvalidCode,
  InvalidCredentials,
  MethodNotOffered,
  Throttled,
} from './sign-in.errors.ts';
export { createSignInFeature, type SignInFeature, type SignInFeatureOptions } from './sign-in.feature.ts';
export {
  answerSignIn,
  doorErrors,
  endReplaced,
  SignIn,
  SignInAnswer,
  TokenDelivery,
} from './sign-in.routes.ts';
export type { SignInService } from './sign-in.service.ts';
export {
  type CompletedSignIn,
  isDemand,
  type PendingRegistrations,
  type ProvenAttempt,
  type ProvenSignIn,
  type SecondFactorDemand,
  type SignInResult,
} from './sign-in.types.ts';
export { type Throttle, throttleAddress } from './throttle.ts';
