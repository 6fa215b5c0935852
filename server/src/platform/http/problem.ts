import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  BodyTooLarge,
  DatabaseFull,
  DatabaseUnavailable,
  type Failure,
  type FieldProblem,
  failureOf,
  InternalError,
  MalformedBody,
  Overloaded,
  ProblemError,
  RequestTimeout,
  SchemaOutOfDate,
  UnsupportedMediaType,
  ValidationFailed,
} from '../errors.ts';

interface Problem extends Failure {
  type: string;
  title: string;
  status: number;
  request_id: string;
  errors?: FieldProblem[];
}

interface ErrorLike {
  code?: string;
  message?: string;
  statusCode?: number;
  validation?: { instancePath?: string; message?: string; params?: Record<string, unknown> }[];
  validationContext?: string;
  cause?: unknown;
}

const bodyErrors: Record<string, ProblemError['definition']> = {
  FST_ERR_CTP_BODY_TOO_LARGE: BodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: UnsupportedMediaType,
  FST_ERR_CTP_EMPTY_JSON_BODY: MalformedBody,
  FST_ERR_CTP_INVALID_JSON_BODY: MalformedBody,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: MalformedBody,
  FST_REQ_FILE_TOO_LARGE: BodyTooLarge,
};

const unavailableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08006',
]);
const diskFullCode = '53100';
const schemaCodes = new Set(['42703', '42P01', '42883', '3F000']);

/** Turns anything thrown into a declared problem; what nobody declared becomes `internal` and reveals nothing. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const like = (error ?? {}) as ErrorLike;
  if (like.validation) return ValidationFailed.with({ errors: fieldProblems(like), cause: error });
  const known = like.code === undefined ? undefined : bodyErrors[like.code];
  if (known) return known.with({ cause: error });
  if (error instanceof SyntaxError)
    return MalformedBody.with({ detail: `The JSON body is broken: ${error.message}.` });
  return databaseProblem(error, like) ?? InternalError.with({ cause: error });
}

function databaseProblem(error: unknown, like: ErrorLike): ProblemError | undefined {
  const code = like.code ?? '';
  const message = like.message ?? '';
  const isDatabase = like.constructor?.name === 'DatabaseError' || /^[0-9A-Z]{5}$/.test(code);
  if (isDatabase && schemaCodes.has(code))
    return SchemaOutOfDate.with({
      detail: `The database does not match this version of the program (${message}). Whoever runs this server should run: npm run db:migrate`,
      cause: error,
    });
  if (isDatabase && code === diskFullCode) return DatabaseFull.with({ cause: error });
  if (code === '57014' || /Query read timeout/.test(message))
    return RequestTimeout.with({ retryAfterSeconds: 5, cause: error });
  const lost =
    /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/;
  if ((isDatabase && unavailableCodes.has(code)) || lost.test(message) || isSocketFailure(like))
    return DatabaseUnavailable.with({ retryAfterSeconds: 2, cause: error });
  return undefined;
}

/** A refused or vanished database socket carries `syscall: 'connect'` and no PostgreSQL code. */
function isSocketFailure(like: ErrorLike & { syscall?: string; errors?: unknown[] }): boolean {
  const first = like.errors?.[0] as (ErrorLike & { syscall?: string }) | undefined;
  return [like, first].some(
    (candidate) => candidate?.syscall === 'connect' && unavailableCodes.has(candidate.code ?? ''),
  );
}

function fieldProblems(like: ErrorLike): FieldProblem[] {
  return (like.validation ?? []).slice(0, 20).map((item) => {
    const missing = item.params?.missingProperty ?? item.params?.additionalProperty;
    const base = (item.instancePath ?? '').slice(1).replaceAll('/', '.');
    const field = [base, typeof missing === 'string' ? missing : ''].filter(Boolean).join('.');
    return { field: field || (like.validationContext ?? 'body'), detail: item.message ?? 'is not valid' };
  });
}

/** Writes a problem as `application/problem+json` (RFC 9457) and logs what deserves it. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  if (problem.status >= 500 && problem.code !== Overloaded.code)
    request.log.error({ err: problem.cause ?? problem, code: problem.code }, 'request failed');
  if (problem.retryAfterSeconds !== undefined)
    reply.header('retry-after', String(Math.max(1, Math.ceil(problem.retryAfterSeconds))));
  const body: Problem = {
    type: `urn:aiwfe:problem:${problem.code}`,
    title: problem.definition.title,
    status: problem.status,
    ...failureOf(problem),
    request_id: request.id,
    ...(problem.errors ? { errors: problem.errors } : {}),
  };
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(body);
}
