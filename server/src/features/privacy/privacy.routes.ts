import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import type { ConsentsService } from './consents.service.ts';
import type { DeletionsService } from './deletions.service.ts';
import type { ExportsService } from './exports.service.ts';
import {
  DeletionBegun,
  ExportNotFound,
  ExportNotReady,
  LastSuperuser,
  NoDeletion,
  OutdatedConsentText,
  ProofNotFound,
  UnknownPurpose,
  WrongEmail,
} from './privacy.errors.ts';
import {
  ConsentBody,
  ConsentList,
  DeletionBody,
  DeletionProof,
  DeletionScheduled,
  DeletionState,
  ExportList,
  ExportParams,
  ExportView,
  ProofParams,
} from './privacy.schemas.ts';

const shared = { tags: ['privacy'], access: 'session' as const, scope: false as const };

export interface PrivacyServices {
  exports: ExportsService;
  deletions: DeletionsService;
  consents: ConsentsService;
  proof: (id: string) => Promise<DeletionProof>;
}

/** A person's own data: copies, the end of the account, consent. */
export function privacyRoutes(services: PrivacyServices): Route[] {
  return [
    ...exportRoutes(services.exports),
    ...deletionRoutes(services.deletions),
    ...consentRoutes(services.consents),
    proofRoute(services.proof),
  ];
}

function exportRoutes(exports: ExportsService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'POST',
      url: '/api/v1/privacy/exports',
      summary: 'Ask for a copy of everything that is kept about you',
      description: 'One at a time: while one is under way, that one is answered.',
      stepUp: true,
      response: { 202: ExportView },
      errors: [ExportNotReady],
      handler: ({ actor, request }) => exports.request(actor, clientFacts(request)),
    }),
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/privacy/exports',
      summary: 'Your exports, newest first',
      response: { 200: ExportList },
      handler: async ({ actor }) => ({ items: await exports.list(actor), next_cursor: null }),
    }),
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/privacy/exports/:export_id/download',
      summary: 'Download an export as a zip file',
      stepUp: true,
      kind: 'stream',
      params: ExportParams,
      response: {},
      errors: [ExportNotFound, ExportNotReady],
      async handler({ actor, params, request, reply }) {
        const file = await exports.download(actor, params.export_id, clientFacts(request));
        return reply.code(200).headers(downloadHeaders(file)).send(file.open());
      },
    }),
  ];
}

/** Never a page of this origin, never in a cache (S35). */
function downloadHeaders(file: { name: string; sizeBytes: number }): Record<string, string> {
  return {
    'content-type': 'application/zip',
    'content-length': String(file.sizeBytes),
    'content-disposition': `attachment; filename="${file.name}"`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cache-control': 'private, no-store',
  };
}

function deletionRoutes(deletions: DeletionsService): Route[] {
  const url = '/api/v1/privacy/deletion';
  return [
    defineRoute({
      ...shared,
      method: 'POST',
      url,
      summary: 'Have your account deleted after the grace period',
      description:
        'The e-mail address of the account confirms it. Until it happens the account works as before.',
      stepUp: true,
      body: DeletionBody,
      response: { 200: DeletionScheduled },
      errors: [WrongEmail, LastSuperuser],
      handler: async ({ actor, body, request }) => ({
        scheduled_for: (
          await deletions.scheduleOwn(actor, body.confirm_email, clientFacts(request))
        ).toISOString(),
      }),
    }),
    defineRoute({
      ...shared,
      method: 'GET',
      url,
      summary: 'Whether and when your account will be deleted',
      response: { 200: DeletionState },
      handler: ({ actor }) => deletions.state(actor),
    }),
    defineRoute({
      ...shared,
      method: 'DELETE',
      url,
      summary: 'Keep your account after all',
      response: { 200: DeletionState },
      errors: [NoDeletion, DeletionBegun],
      async handler({ actor, request }) {
        await deletions.cancel(actor, clientFacts(request));
        return deletions.state(actor);
      },
    }),
  ];
}

function consentRoutes(consents: ConsentsService): Route[] {
  const url = '/api/v1/privacy/consents';
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url,
      summary: 'What you agreed to, with the wording and every decision',
      response: { 200: ConsentList },
      handler: async ({ actor }) => ({ items: await consents.list(actor), next_cursor: null }),
    }),
    defineRoute({
      ...shared,
      method: 'PUT',
      url,
      summary: 'Agree to something, or withdraw that',
      body: ConsentBody,
      response: { 200: ConsentList },
      errors: [UnknownPurpose, OutdatedConsentText],
      handler: async ({ actor, body, request }) => ({
        items: await consents.decide(actor, body, clientFacts(request)),
        next_cursor: null,
      }),
    }),
  ];
}

function proofRoute(proof: PrivacyServices['proof']): Route {
  return defineRoute({
    ...shared,
    access: 'public',
    method: 'GET',
    url: '/api/v1/privacy/deletion-proofs/:proof_id',
    summary: 'The proof that an account was deleted, for whoever has its address',
    params: ProofParams,
    response: { 200: DeletionProof },
    errors: [ProofNotFound],
    handler: ({ params }) => proof(params.proof_id),
  });
}
