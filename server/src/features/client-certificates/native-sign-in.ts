import { Type } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import type { Cookies } from '../../platform/http/cookies.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import type { Account, AccountsService } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import type { SessionDelivery, SessionsService } from '../sessions/index.ts';
import { answerSignIn, doorErrors, isDemand, SignInAnswer, type SignInService } from '../sign-in/index.ts';
import { CertificateRefused, CertificateRequired, WrongPort } from './certificates.errors.ts';
import { tieSession } from './certificates.queries.ts';
import type { CertificatesService } from './certificates.service.ts';
import { type LiveCertificate, requireCertificate } from './live-certificate.ts';
import type { NativePort } from './native-port.ts';

export interface NativeSignInOptions {
  db: Database;
  certificates: CertificatesService;
  port: NativePort;
  accounts: AccountsService;
  signIn: SignInService;
  sessions: SessionsService;
  delivery: SessionDelivery;
  cookies: Cookies;
}

export interface NativeSignIn {
  /** Whose certificate it is. Throws `native.certificate_refused`. */
  accountOf(shown: LiveCertificate): Promise<Account>;
  route: Route;
}

/** Signing in by the certificate of a device: a first factor like any other, through the same door. */
export function createNativeSignIn(options: NativeSignInOptions): NativeSignIn {
  const { db, certificates, accounts, signIn, sessions, delivery, cookies } = options;
  const accountOf = async ({ userId }: LiveCertificate): Promise<Account> => {
    const account = await accounts.findAccount(userId);
    if (!account) throw CertificateRefused.with();
    return account;
  };
  return {
    accountOf,
    route: defineRoute({
      method: 'POST',
      url: '/native/sign-in',
      summary: 'Sign in by the certificate of this device',
      description:
        'token_delivery "body" gives bearer tokens and no cookies, "cookie" the same cookies as every sign-in.',
      tags: ['native'],
      access: 'public',
      csrf: 'with_cookies',
      body: Type.Object(
        { token_delivery: Type.Optional(Type.Union([Type.Literal('cookie'), Type.Literal('body')])) },
        { additionalProperties: false },
      ),
      response: { 200: SignInAnswer },
      errors: [...doorErrors, CertificateRequired, CertificateRefused, WrongPort],
      handler: async ({ request, reply, body }) => {
        const shown = await requireCertificate(options, request);
        const client = clientFacts(request);
        const known = cookies.read(request.headers.cookie, 'device');
        const result = await signIn.completeProven({
          account: await accountOf(shown),
          factors: ['certificate'],
          complete: false,
          attempt: {
            delivery: body.token_delivery ?? 'cookie',
            // The certificate stands for its device; other people's tokens in the cookie stay.
            deviceCookie: [certificates.deviceCookie(shown.certificate), known].filter(Boolean).join('.'),
            client,
            bindingId: delivery.bindingOf(request),
          },
        });
        if (!isDemand(result) && !(await tieSession(db, result.tokens.sessionId, shown.id))) {
          // Revoked while it signed in.
          const session = { sessionId: result.tokens.sessionId, userId: shown.userId };
          await sessions.end(session, 'certificate_revoked', client);
          throw CertificateRefused.with();
        }
        return answerSignIn(reply, result, delivery, cookies);
      },
    }),
  };
}
