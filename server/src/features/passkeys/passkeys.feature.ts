import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Sessions } from '../sessions/index.ts';
import type { SecondFactors, SignInService, Throttle } from '../sign-in/index.ts';
import { createAssertions } from './passkey-assertions.ts';
import { passkeySignInRoutes } from './passkey-sign-in.routes.ts';
import { createPasskeySignInService } from './passkey-sign-in.service.ts';
import { createPasskeyVerifier } from './passkey-verifier.ts';
import { passkeysPersonalData } from './passkeys.personal.ts';
import { passkeyRoutes } from './passkeys.routes.ts';
import { createPasskeysService, type PasskeysOptions } from './passkeys.service.ts';

/** Passkeys: a person's own, as second factor, and as the only one. */
export function createPasskeysFeature(
  options: PasskeysOptions & {
    keys: KeyRing;
    sessions: Sessions;
    signIn: SignInService;
    throttle: Throttle;
    secondFactors: SecondFactors;
  },
): Feature {
  const { service: sessions, delivery, cookies } = options.sessions;
  const assertions = createAssertions(options);
  options.secondFactors.register(createPasskeyVerifier({ ...options, assertions }));
  const signIn = createPasskeySignInService({ ...options, assertions });
  return {
    personal: [passkeysPersonalData(options.db)],
    routes: [
      ...passkeyRoutes(createPasskeysService(options)),
      ...passkeySignInRoutes({ signIn, sessions, delivery, cookies }),
    ],
  };
}
