import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MalformedBody, ProblemError, ValidationFailed } from '../../platform/errors.ts';
import { StorageFull, UploadInterrupted } from '../../platform/files/files.errors.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { CollectionNotFound, NoFileInUpload, TooManyFiles } from './documents.errors.ts';
import { UploadResult } from './documents.schemas.ts';
import { DocumentTooLarge, extractionErrors } from './extraction/extraction-errors.ts';
import { beginUpload, type UploadDependencies, type UploadSession } from './upload.service.ts';

export interface UploadRouteDependencies extends UploadDependencies {
  maxFilesPerRequest: number;
  /** Asks again whether the request may act: an upload can outlive the session that began it. Throws as the guard. */
  confirm(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

const uuidShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** One request may carry this many times the largest file. */
const requestFactor = 3;

/** `POST /documents`: many files in one multipart body. */
export function uploadRoute(dependencies: UploadRouteDependencies): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/documents',
    summary: 'Upload documents',
    description:
      'Multipart parts named `file`; an optional field `collection_id` stands before them. Files that cannot be accepted are listed in `rejected`; when all are, the answer is the first one’s problem.',
    tags: ['documents'],
    access: 'session',
    kind: 'multipart',
    response: { 201: UploadResult },
    errors: [
      NoFileInUpload,
      TooManyFiles,
      CollectionNotFound,
      StorageFull,
      UploadInterrupted,
      ...extractionErrors,
    ],
    async handler({ actor, request, reply }) {
      const upload = beginUpload(dependencies, actor.userId);
      try {
        const collectionId = await readParts(request, upload, dependencies);
        await dependencies.confirm(request, reply);
        return refuseEmpty(await upload.commit({ collectionId }));
      } finally {
        await upload.discard();
      }
    },
  });
}

/** With nothing accepted, the upload as a whole has failed, and the first refusal says why. */
function refuseEmpty(result: UploadResult): UploadResult {
  const first = result.rejected[0];
  if (result.items.length > 0) return result;
  if (!first) throw NoFileInUpload.with();
  const definition = extractionErrors.find((known) => known.code === first.code) ?? NoFileInUpload;
  throw new ProblemError(
    { ...definition, status: 422 },
    {
      detail: first.detail,
      reason: first.reason,
      params: first.params,
      errors: result.rejected.map(({ name, detail }) => ({ field: name, detail })),
    },
  );
}

/** Feeds every part to `upload` and returns the collection named before the files. */
async function readParts(
  request: FastifyRequest,
  upload: UploadSession,
  { maxFileBytes, maxFilesPerRequest }: UploadRouteDependencies,
): Promise<string | undefined> {
  const budget = createBudget(maxFileBytes * requestFactor);
  // Sizes are enforced while storing, so that one large file is refused without losing the others.
  const limits = { fileSize: Number.POSITIVE_INFINITY, files: maxFilesPerRequest };
  let collectionId: string | undefined;
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') collectionId = readField(part) ?? collectionId;
      else await addPart(part, upload, budget);
    }
  } catch (error) {
    throw toProblem(error);
  }
  return collectionId;
}

async function addPart(part: MultipartFile, upload: UploadSession, budget: Budget): Promise<void> {
  if (part.fieldname !== 'file')
    throw ValidationFailed.with({ errors: [{ field: part.fieldname, detail: 'is not known here' }] });
  await upload.add(part.filename, budget.count(part.file));
  // What was refused is still on its way: read to its end, so that the next part can be found.
  for await (const piece of budget.count(part.file)) void piece;
  if (part.file.truncated) throw UploadInterrupted.with();
}

function readField(part: MultipartValue): string | undefined {
  if (part.fieldname !== 'collection_id')
    throw ValidationFailed.with({ errors: [{ field: part.fieldname, detail: 'is not known here' }] });
  if (part.value === '') return undefined;
  if (typeof part.value !== 'string' || !uuidShape.test(part.value))
    throw ValidationFailed.with({ errors: [{ field: 'collection_id', detail: 'is not an id' }] });
  return part.value.toLowerCase();
}

interface Budget {
  count(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** Bounds the bytes of all files of a request together. */
function createBudget(maxBytes: number): Budget {
  let left = maxBytes;
  return {
    async *count(source) {
      for await (const piece of source) {
        left -= piece.byteLength;
        if (left < 0)
          throw DocumentTooLarge.with({
            detail: 'The files are too large for one upload. Send fewer at once.',
            reason: 'files_together',
          });
        yield piece;
      }
    },
  };
}

/** Errors of the multipart parser, by its documented codes; everything else it throws means a malformed body. */
function toProblem(error: unknown): unknown {
  if (error instanceof ProblemError) return error;
  const { code } = error as { code?: unknown };
  if (code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT') return TooManyFiles.with({ cause: error });
  const isSystemError = typeof (error as NodeJS.ErrnoException).errno === 'number';
  if (isSystemError && code !== 'ECONNRESET') return error;
  return MalformedBody.with({
    detail: 'The upload broke off or is not a well-formed multipart body.',
    reason: 'upload',
    cause: error,
  });
}
