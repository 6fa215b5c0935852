export { InvalidCredentials, Throttled } from './sign-in.errors.ts';
export { createSignInFeature, type SignInFeature } from './sign-in.feature.ts';
export { answerSignIn, SignIn } from './sign-in.routes.ts';
export type { RegistrationPolicy, SignInService } from './sign-in.service.ts';
export { type Throttle, throttleAddress } from './throttle.ts';
