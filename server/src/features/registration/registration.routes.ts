import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { LinkInvalid, MailedToken } from '../account-tokens/index.ts';
import {
  DisplayNameField,
  EmailField,
  PasswordField,
  PasswordWorkOverloaded,
  User,
} from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { localeOfHeader } from '../mail/index.ts';
import { Throttled } from '../sign-in/index.ts';
import { resendVerification, verifyEmail } from './email-verification.service.ts';
import { RegistrationClosed } from './registration.errors.ts';
import { type RegistrationOptions, type RegistrationRequest, register } from './registration.service.ts';

const strict = { additionalProperties: false } as const;
const tags = ['registration'];

/** Routes of people who have no account yet, or have not proved its address. */
export function registrationRoutes(
  options: RegistrationOptions & { bindingOf(request: FastifyRequest): string | undefined },
): Route[] {
  const requestOf = (request: FastifyRequest): RegistrationRequest => ({
    client: clientFacts(request),
    locale: localeOfHeader(request.headers['accept-language']),
    binding: options.bindingOf(request),
  });
  return [
    registerRoute(options, requestOf),
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/verify-email',
      summary: 'Prove an e-mail address by a mailed link',
      description:
        'next "set_password": the link was opened in another browser than the one that registered, so the earlier password does not count; reset_token goes to POST /auth/password/reset.',
      tags,
      access: 'public',
      body: Type.Object({ token: MailedToken }, strict),
      response: {
        200: Type.Object({
          verified: Type.Literal(true),
          next: Type.Union([
            Type.Literal('sign_in'),
            Type.Literal('await_approval'),
            Type.Literal('set_password'),
          ]),
          reset_token: Type.Union([Type.String(), Type.Null()]),
        }),
      },
      errors: [LinkInvalid],
      handler: async ({ actor, body, request }) => {
        const { client, binding } = requestOf(request);
        const { next, resetToken } = await verifyEmail(options, body.token, { actor, binding, client });
        return { verified: true, next, reset_token: resetToken ?? null };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/verify-email/resend',
      summary: 'Mail the link that proves an address again',
      description: 'Answers the same whether anything waits for it or not.',
      tags,
      access: 'public',
      body: Type.Object({ email: EmailField }, strict),
      response: { 202: Type.Object({ sent: Type.Literal(true) }) },
      errors: [Throttled],
      handler: async ({ body, request }) => {
        await resendVerification(options, body.email, requestOf(request));
        return { sent: true };
      },
    }),
  ];
}

function registerRoute(
  options: RegistrationOptions,
  requestOf: (request: FastifyRequest) => RegistrationRequest,
): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/register',
    summary: 'Register, where the policy allows it',
    description: 'Answers the same whether the address has an account already or not.',
    tags,
    access: 'public',
    body: Type.Object(
      {
        email: EmailField,
        password: PasswordField,
        display_name: DisplayNameField,
        invitation_token: Type.Optional(MailedToken),
      },
      strict,
    ),
    response: {
      201: Type.Object({
        user: User,
        next: Type.Union([
          Type.Literal('sign_in'),
          Type.Literal('await_approval'),
          Type.Literal('verify_email'),
        ]),
      }),
    },
    errors: [RegistrationClosed, Throttled, PasswordWorkOverloaded, LinkInvalid],
    handler: async ({ request, body }) => {
      const { user, next } = await register(
        options,
        {
          email: body.email,
          password: body.password,
          displayName: body.display_name,
          invitationToken: body.invitation_token,
        },
        requestOf(request),
      );
      return {
        user: {
          id: user.id,
          email: user.email,
          display_name: user.displayName,
          role: user.role,
          status: user.status,
          email_verified: body.invitation_token !== undefined,
          created_at: new Date().toISOString(),
        },
        next,
      };
    },
  });
}
