import { type Static, Type } from 'typebox';
import { ValidationFailed } from '../../platform/errors.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import {
  CertificateNotFound,
  CertificatesOff,
  TooManyCertificates,
  UnusableSigningRequest,
} from './certificates.errors.ts';
import {
  Certificate,
  EnrolmentBody,
  IssuedCertificateAnswer,
  toCertificate,
} from './certificates.schemas.ts';
import type { CertificatesService, KeyChoice } from './certificates.service.ts';

const tags = ['certificates'];

export interface CertificateRoutesOptions {
  certificates: CertificatesService;
  /** Port that asks for certificates. */
  nativePort: () => number | undefined;
  clock: () => Date;
}

/** A person's own certificates. */
export function certificateRoutes({ certificates, nativePort, clock }: CertificateRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/certificates',
      summary: 'Certificates of your devices',
      tags,
      access: 'session',
      response: {
        200: Type.Object({
          items: Type.Array(Certificate),
          next_cursor: Type.Null(),
          set_up: Type.Boolean({ description: 'Whether this server can issue certificates.' }),
          port: Type.Union([Type.Integer(), Type.Null()], {
            description: 'Where certificates are asked for.',
          }),
        }),
      },
      handler: async ({ actor }) => ({
        items: (await certificates.list(actor)).map((row) => toCertificate(row, clock())),
        next_cursor: null,
        set_up: await certificates.isSetUp(),
        port: nativePort() ?? null,
      }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/certificates',
      summary: 'Get a certificate for a device',
      description:
        'With signing_request the key never leaves the device. With pkcs12_password the server makes the key, hands it over once and forgets it.',
      tags,
      access: 'session',
      stepUp: true,
      body: EnrolmentBody,
      response: { 201: IssuedCertificateAnswer },
      errors: [CertificatesOff, TooManyCertificates, UnusableSigningRequest],
      handler: async ({ actor, body, request }) => {
        const input = { name: body.name, key: keyChoiceOf(body) };
        const { row, certificatePem, pkcs12 } = await certificates.enrol(actor, input, clientFacts(request));
        return {
          certificate: toCertificate(row, clock()),
          pem: certificatePem,
          pkcs12: pkcs12?.toString('base64') ?? null,
        };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/auth/certificates/:certificate_id',
      summary: 'Revoke a certificate',
      description: 'For good. Sessions that it opened end at once.',
      tags,
      access: 'session',
      stepUp: true,
      params: Type.Object({ certificate_id: Type.String({ format: 'uuid' }) }),
      response: { 200: Type.Object({ revoked: Type.Literal(true) }) },
      errors: [CertificateNotFound],
      handler: async ({ actor, params, request }) => {
        await certificates.revoke(actor, params.certificate_id, clientFacts(request));
        return { revoked: true as const };
      },
    }),
  ];
}

/** Other people's certificates, for administrators. */
export function certificateAdministrationRoutes({ certificates, clock }: CertificateRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/users/:user_id/certificates',
      summary: 'Certificates of somebody’s devices',
      tags,
      access: { role: 'admin' },
      params: Type.Object({ user_id: Type.String({ format: 'uuid' }) }),
      response: { 200: Type.Object({ items: Type.Array(Certificate), next_cursor: Type.Null() }) },
      handler: async ({ params }) => ({
        items: (await certificates.listOf(params.user_id)).map((row) => toCertificate(row, clock())),
        next_cursor: null,
      }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/admin/certificates/:certificate_id',
      summary: 'Revoke somebody’s certificate',
      description: 'Of people below your own rank. Sessions that it opened end at once.',
      tags,
      access: { role: 'admin' },
      stepUp: true,
      params: Type.Object({ certificate_id: Type.String({ format: 'uuid' }) }),
      response: { 200: Type.Object({ revoked: Type.Literal(true) }) },
      errors: [CertificateNotFound],
      handler: async ({ actor, params, request }) => {
        await certificates.revokeAsAdministrator(actor, params.certificate_id, clientFacts(request));
        return { revoked: true as const };
      },
    }),
  ];
}

function keyChoiceOf({ signing_request, pkcs12_password }: Static<typeof EnrolmentBody>): KeyChoice {
  if (signing_request !== undefined && pkcs12_password === undefined)
    return { signingRequestPem: signing_request };
  if (pkcs12_password !== undefined && signing_request === undefined)
    return { pkcs12Password: pkcs12_password };
  throw ValidationFailed.with({
    errors: [{ field: 'signing_request', detail: 'or pkcs12_password is needed, and only one of them' }],
  });
}
