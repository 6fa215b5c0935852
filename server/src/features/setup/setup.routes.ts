import { type Static, Type } from 'typebox';
import { isProblem } from '../../platform/errors.ts';
import type { Cookies } from '../../platform/http/cookies.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import {
  DisplayNameField,
  EmailField,
  maxPasswordBytes,
  minPasswordLength,
  PasswordField,
  SuperuserExists,
} from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { RegistrationPolicy } from '../policies/index.ts';
import type { SessionDelivery } from '../sessions/index.ts';
import { answerSignIn, SignIn, type SignInService, Throttled } from '../sign-in/index.ts';
import { InvalidSetupCode, type SetupService } from './setup.service.ts';

const PublicConfig = Type.Object({
  product: Type.Object({ name: Type.String(), version: Type.String() }),
  environment: Type.Union([Type.Literal('development'), Type.Literal('production')]),
  setup_required: Type.Boolean(),
  registration: RegistrationPolicy,
  password: Type.Object({ min_length: Type.Integer(), max_bytes: Type.Integer() }),
  lifetimes: Type.Object({
    access_token_seconds: Type.Integer(),
    refresh_token_seconds: Type.Integer(),
    session_idle_seconds: Type.Integer(),
    csrf_seconds: Type.Integer(),
  }),
  uploads: Type.Object({
    max_file_bytes: Type.Integer(),
    max_files_per_request: Type.Integer(),
    accepted: Type.Array(Type.Object({ extension: Type.String(), media_type: Type.String() })),
  }),
  native_port: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Where devices with a certificate sign in.',
  }),
  data_directory: Type.Union([Type.String(), Type.Null()]),
});

/** What every page may know before anybody has signed in (incident I3: a page guesses nothing). */
export interface PublicFacts {
  product: { name: string; version: string };
  environment: 'development' | 'production';
  registration: () => Promise<RegistrationPolicy>;
  lifetimes: { accessTokenSeconds: number; refreshTokenSeconds: number; csrfSeconds: number };
  uploads: Static<typeof PublicConfig>['uploads'];
  nativePort: () => number | undefined;
  dataDirectory: string;
}

export interface SetupRoutesOptions {
  setup: SetupService;
  signIn: SignInService;
  delivery: SessionDelivery;
  cookies: Cookies;
  facts: PublicFacts;
}

/** Routes of the very first minute. */
export function setupRoutes(options: SetupRoutesOptions): Route[] {
  return [configRoute(options), setUpRoute(options)];
}

function configRoute({ setup, facts }: SetupRoutesOptions): Route {
  const { lifetimes } = facts;
  return defineRoute({
    method: 'GET',
    url: '/api/v1/config',
    summary: 'What the web app needs to know about this server',
    tags: ['system'],
    access: 'public',
    response: { 200: PublicConfig },
    handler: async () => {
      const [setupRequired, registration] = await Promise.all([setup.isRequired(), facts.registration()]);
      return {
        product: facts.product,
        environment: facts.environment,
        setup_required: setupRequired,
        registration,
        password: { min_length: minPasswordLength, max_bytes: maxPasswordBytes },
        lifetimes: {
          access_token_seconds: lifetimes.accessTokenSeconds,
          refresh_token_seconds: lifetimes.refreshTokenSeconds,
          session_idle_seconds: lifetimes.refreshTokenSeconds,
          csrf_seconds: lifetimes.csrfSeconds,
        },
        uploads: facts.uploads,
        native_port: facts.nativePort() ?? null,
        // A path of the machine is for whoever sets it up, not for everybody afterwards.
        data_directory: setupRequired ? facts.dataDirectory : null,
      };
    },
  });
}

function setUpRoute({ setup, signIn, delivery, cookies }: SetupRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/setup',
    summary: 'Create the first superuser by the one-time set-up code',
    tags: ['system'],
    access: 'public',
    body: Type.Object(
      {
        setup_code: Type.String({ minLength: 1, maxLength: 100 }),
        email: EmailField,
        password: PasswordField,
        display_name: DisplayNameField,
        theme: Type.Optional(
          Type.Union([Type.Literal('dark'), Type.Literal('light'), Type.Literal('system')]),
        ),
      },
      { additionalProperties: false },
    ),
    response: { 201: SignIn },
    errors: [InvalidSetupCode, SuperuserExists, Throttled],
    handler: async ({ request, reply, body }) => {
      const client = clientFacts(request);
      const input = { email: body.email, password: body.password, displayName: body.display_name };
      try {
        const account = await setup.setUp(
          { ...input, setupCode: body.setup_code, theme: body.theme },
          client,
        );
        const attempt = { ...input, delivery: 'cookie' as const, deviceCookie: undefined, client };
        const completed = await signIn.complete(account, ['setup_code', 'password'], attempt);
        return answerSignIn(reply, completed, delivery, cookies);
      } catch (error) {
        if (isProblem(error, InvalidSetupCode) || isProblem(error, SuperuserExists))
          await setup.recordRefusal(error.code, client);
        throw error;
      }
    },
  });
}
