import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { CertificateRefused, CertificateRequired, WrongPort } from './certificates.errors.ts';
import type { CertificatesService } from './certificates.service.ts';
import { requireCertificate } from './live-certificate.ts';
import type { NativePort } from './native-port.ts';
import type { NativeSignIn } from './native-sign-in.ts';
import { type AccessProblem, sendRequestAccessPage } from './request-access-page.ts';

const tags = ['native'];
/** What the port shows to connections without a good certificate. */
const openPaths = new Set(['/request-access', '/native/ca.pem', '/native/revocation-list.pem']);

export interface NativeRoutesOptions {
  certificates: CertificatesService;
  port: NativePort;
  signIn: NativeSignIn;
  /** Where people reach the workspace without a certificate. */
  address: () => string | undefined;
}

/** What is answered only at the port that asks for certificates. */
export function nativeRoutes(options: NativeRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/native/whoami',
      summary: 'Whose certificate this connection showed',
      tags,
      access: 'public',
      response: {
        200: Type.Object({
          certificate: Type.Object({
            id: Type.String({ format: 'uuid' }),
            expires_at: Type.String({ format: 'date-time' }),
          }),
          user: Type.Object({
            id: Type.String({ format: 'uuid' }),
            email: Type.String(),
            display_name: Type.String(),
          }),
        }),
      },
      errors: [CertificateRequired, CertificateRefused, WrongPort],
      handler: async ({ request }) => {
        const shown = await requireCertificate(options, request);
        const account = await options.signIn.accountOf(shown);
        return {
          certificate: { id: shown.id, expires_at: shown.notAfter.toISOString() },
          user: { id: account.id, email: account.email, display_name: account.displayName },
        };
      },
    }),
    options.signIn.route,
  ];
}

/** Pages and files of the port, and the rule that nothing else is seen there without a good certificate. */
export function attachNativePages(
  app: FastifyInstance,
  options: NativeRoutesOptions & { secure: boolean },
): void {
  const { certificates, port } = options;
  const showPage = (request: FastifyRequest, reply: FastifyReply, problem: AccessProblem | undefined) =>
    sendRequestAccessPage(request, reply, { problem, address: options.address(), secure: options.secure });
  app.addHook('onRequest', async (request, reply) => {
    if (port.shownBy(request) === undefined || openPaths.has(pathOf(request))) return;
    try {
      await requireCertificate(options, request);
    } catch (error) {
      if (!wantsPage(request)) throw error;
      return reply.redirect('/request-access', 303);
    }
  });
  app.get('/request-access', { schema: { hide: true } }, async (request, reply) =>
    showPage(request, reply, await problemOf(options, request)),
  );
  app.get('/native/ca.pem', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/x-pem-file').send(await certificates.authorityPem()),
  );
  app.get('/native/revocation-list.pem', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/x-pem-file').send(await certificates.revocationList()),
  );
}

/** Why this connection sees the page; nothing at the ordinary port or with a good certificate. */
async function problemOf(
  { certificates, port }: NativeRoutesOptions,
  request: FastifyRequest,
): Promise<AccessProblem | undefined> {
  const shown = port.shownBy(request);
  if (!shown) return undefined;
  if ('problem' in shown) return shown.problem;
  return (await certificates.find(shown.certificate)) ? undefined : 'unknown';
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}

function wantsPage(request: FastifyRequest): boolean {
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
}
