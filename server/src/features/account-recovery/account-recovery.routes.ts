import { type Static, Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { LinkInvalid, MailedToken } from '../account-tokens/index.ts';
import { EmailField, EmailTaken, PasswordField, PasswordWorkOverloaded } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { localeOfHeader } from '../mail/index.ts';
import { Throttled } from '../sign-in/index.ts';
import type { EmailChange } from './account-recovery.queries.ts';
import type { EmailChangeService } from './email-change.service.ts';
import type { PasswordResetService } from './password-reset.service.ts';

const strict = { additionalProperties: false } as const;
const PendingChange = Type.Object({
  pending: Type.Union([
    Type.Null(),
    Type.Object({
      email: Type.String(),
      current_confirmed: Type.Boolean(),
      new_confirmed: Type.Boolean(),
      expires_at: Type.String({ format: 'date-time' }),
    }),
  ]),
});
const tags = ['recovery'];
const changeUrl = '/api/v1/auth/email/change';

/** Routes for people who forgot their password or change their address. */
export function recoveryRoutes(options: {
  reset: PasswordResetService;
  emails: EmailChangeService;
}): Route[] {
  return [...passwordRoutes(options.reset), ...emailRoutes(options.emails)];
}

function passwordRoutes(service: PasswordResetService): Route[] {
  return [forgotRoute(service), resetRoute(service)];
}

function forgotRoute(service: PasswordResetService): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/password/forgot',
    summary: 'Mail a link that sets a new password',
    description: 'Answers the same whether the address has an account or not.',
    tags,
    access: 'public',
    body: Type.Object({ email: EmailField }, strict),
    response: { 202: Type.Object({ sent: Type.Literal(true) }) },
    errors: [Throttled],
    handler: async ({ body, request }) => {
      const locale = localeOfHeader(request.headers['accept-language']);
      await service.forgot(body.email, locale, clientFacts(request));
      return { sent: true };
    },
  });
}

function resetRoute(service: PasswordResetService): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/password/reset',
    summary: 'Set a new password by a mailed link',
    description: 'Ends all sessions. Signing in afterwards still needs the second factor.',
    tags,
    access: 'public',
    body: Type.Object({ token: MailedToken, password: PasswordField }, strict),
    response: { 200: Type.Object({ reset: Type.Literal(true) }) },
    errors: [LinkInvalid, Throttled, PasswordWorkOverloaded],
    handler: async ({ body, request }) => {
      await service.reset(body.token, body.password, clientFacts(request));
      return { reset: true };
    },
  });
}

function emailRoutes(service: EmailChangeService): Route[] {
  return [changeRoute(service), pendingRoute(service), cancelRoute(service), confirmRoute(service)];
}

function changeRoute(service: EmailChangeService): Route {
  return defineRoute({
    method: 'POST',
    url: changeUrl,
    summary: 'Change your e-mail address',
    description: 'Both addresses get a link; the change counts when both were opened.',
    tags,
    access: 'session',
    stepUp: true,
    body: Type.Object({ email: EmailField }, strict),
    response: { 202: Type.Object({ pending: Type.Literal(true) }) },
    errors: [Throttled],
    handler: async ({ actor, body, request }) => {
      await service.request(actor, body.email, clientFacts(request));
      return { pending: true };
    },
  });
}

function pendingRoute(service: EmailChangeService): Route {
  return defineRoute({
    method: 'GET',
    url: changeUrl,
    summary: 'The change of your e-mail address that is under way',
    tags,
    access: 'session',
    response: { 200: PendingChange },
    handler: async ({ actor }) => toPending(await service.find(actor)),
  });
}

function cancelRoute(service: EmailChangeService): Route {
  return defineRoute({
    method: 'DELETE',
    url: changeUrl,
    summary: 'Forget the change of your e-mail address',
    tags,
    access: 'session',
    response: { 200: PendingChange },
    handler: async ({ actor, request }) => {
      await service.cancel(actor, clientFacts(request));
      return { pending: null };
    },
  });
}

function confirmRoute(service: EmailChangeService): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/email/confirm',
    summary: 'Confirm a change of e-mail address by a mailed link',
    tags,
    access: 'public',
    body: Type.Object({ token: MailedToken }, strict),
    response: {
      200: Type.Object({ state: Type.Union([Type.Literal('waiting'), Type.Literal('changed')]) }),
    },
    errors: [LinkInvalid, EmailTaken],
    handler: async ({ body, request }) => ({
      state: await service.confirm(body.token, clientFacts(request)),
    }),
  });
}

function toPending(change: EmailChange | undefined): Static<typeof PendingChange> {
  if (!change) return { pending: null };
  return {
    pending: {
      email: change.email,
      current_confirmed: change.oldConfirmed,
      new_confirmed: change.newConfirmed,
      expires_at: change.expiresAt.toISOString(),
    },
  };
}
