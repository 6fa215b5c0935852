import type { Feature } from '../../platform/feature.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import type { Sessions } from '../sessions/index.ts';
import { createAttemptAdmission } from './attempt-admission.ts';
import { createEmailCodeVerifier } from './email-code.ts';
import { noRiskAssessor, type RiskAssessor } from './risk.ts';
import { secondFactorRoutes } from './second-factor.routes.ts';
import { createSecondFactorService, type SecondFactorService } from './second-factor.service.ts';
import { createSecondFactors, type SecondFactors } from './second-factors.ts';
import { signInRoutes } from './sign-in.routes.ts';
import { createSignInService, type SignInService } from './sign-in.service.ts';
import type { SignInOptions } from './sign-in.types.ts';
import { stepUpRoutes } from './step-up.routes.ts';
import { createStepUpService, type StepUpService } from './step-up.service.ts';
import { createThrottle, type Throttle } from './throttle.ts';

const housekeepingMs = 3_600_000;

export interface SignInFeature {
  feature: Feature;
  service: SignInService;
  secondFactor: SecondFactorService;
  /** Features of factors register their verifiers here. */
  secondFactors: SecondFactors;
  stepUp: Pick<StepUpService, 'useProviders'>;
  throttle: Throttle;
}

/** Without `risk` no sign-in is unusual. */
export type SignInFeatureOptions = Omit<
  SignInOptions,
  'sessions' | 'throttle' | 'admission' | 'secondFactors' | 'risk'
> & {
  /** Connections to the database that this process may open. */
  poolSize: number;
  /** How long an attempt waits for its turn; 5 s by default. */
  attemptWaitMs?: number;
  sessions: Sessions;
  risk?: RiskAssessor;
};

/** Signing in, second factors, step-up, registration, change of password, and the counting of attempts. */
export function createSignInFeature(given: SignInFeatureOptions): SignInFeature {
  const { delivery, cookies, service: sessions } = given.sessions;
  const throttle = createThrottle(given);
  const secondFactors = createSecondFactors();
  const admission = createAttemptAdmission(given.poolSize, { maxWaitMs: given.attemptWaitMs });
  const risk = given.risk ?? noRiskAssessor;
  const options = { ...given, sessions, throttle, admission, secondFactors, risk };
  secondFactors.register(createEmailCodeVerifier(options));
  const service = createSignInService(options);
  const secondFactor = createSecondFactorService(options);
  const stepUp = createStepUpService(options);
  const upkeep = createUpkeep(given.log, [
    { name: 'sign-in.remove-old-counters', everyMs: housekeepingMs, run: throttle.removeOld },
  ]);
  return {
    service,
    secondFactor,
    secondFactors,
    stepUp,
    throttle,
    feature: {
      routes: [
        ...signInRoutes({ signIn: service, sessions, delivery, cookies }),
        ...secondFactorRoutes({ secondFactor, sessions, delivery, cookies }),
        ...stepUpRoutes({ stepUp, delivery }),
      ],
      start: async () => upkeep.start(),
      async stop() {
        await upkeep.stop();
        await given.accounts.settle();
      },
    },
  };
}
