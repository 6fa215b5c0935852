/** Why a value does not meet its schema. */
export const shapeReasons = [
  'missing',
  'unknown',
  'empty',
  'too_short',
  'too_long',
  'too_few_items',
  'too_many_items',
  'too_few_fields',
  'too_small',
  'too_large',
  'wrong_type',
  'wrong_format',
  'not_allowed',
  'other',
] as const;
export type ShapeReason = (typeof shapeReasons)[number];

/**
 * Why a field was refused, for clients that say it in their own words. `params` hold what the words name, such as
 * `limit`.
 */
export const fieldReasons = [
  ...shapeReasons,
  'too_many_bytes',
  'not_email',
  'not_right',
  'in_use',
  'unchanged',
  'unreadable',
  'needed_again',
  'other_address',
  'password_short',
  'password_common',
  'password_related',
  'password_stolen',
  'time_zone_unknown',
  'locale_unknown',
] as const;
export type FieldReason = (typeof fieldReasons)[number];

/** Values that a sentence names; a unit is in the name: `limit_bytes`, `retry_seconds`, `resets_at` (ISO 8601). */
export type ProblemParameters = Record<string, string | number>;

/** One problem with one field of a request, as RFC 9457 extension member `errors`. */
export interface FieldProblem {
  field: string;
  detail: string;
  reason?: FieldReason;
  params?: ProblemParameters;
}

export interface ProblemOptions {
  /** A sentence for a person: what happened and what to do. */
  detail?: string;
  /** Which more exact sentence of this code `detail` is; stable, unique within the code, snake_case. */
  reason?: string;
  /** The values that the sentence names. */
  params?: ProblemParameters;
  errors?: FieldProblem[];
  /** Seconds until a retry makes sense; sent as `Retry-After`. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** A declared error: its stable code, HTTP status, title and default sentence. */
export interface ErrorDefinition {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  with(options?: ProblemOptions): ProblemError;
}

/** The reason of a sentence that is more exact than the one of its code and has no name. */
const otherReason = 'other';

/** An error that may be shown to a person: it carries a declared code (RFC 9457). Compare codes, not classes. */
export class ProblemError extends Error {
  readonly definition: ErrorDefinition;
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  /** Absent when `detail` is the sentence of the code itself. */
  readonly reason: string | undefined;
  readonly params: ProblemParameters | undefined;
  readonly errors: FieldProblem[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(definition: ErrorDefinition, options: ProblemOptions = {}) {
    super(
      options.detail ?? definition.detail,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'ProblemError';
    this.definition = definition;
    this.code = definition.code;
    this.status = definition.status;
    this.detail = options.detail ?? definition.detail;
    this.reason = options.reason ?? (this.detail === definition.detail ? undefined : otherReason);
    this.params = options.params;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

const declared = new Map<string, ErrorDefinition>();

/** Every code that was declared so far, in order: a module declares its codes when it is loaded. */
export function declaredCodes(): string[] {
  return [...declared.keys()].sort();
}

/** Declares an error code once; `detail` is the sentence shown when the thrower has nothing more exact. */
export function defineError(
  code: string,
  status: number,
  title: string,
  detail = `${title}.`,
): ErrorDefinition {
  const definition = createDefinition(code, status, title, detail);
  declared.set(code, definition);
  return definition;
}

function createDefinition(code: string, status: number, title: string, detail: string): ErrorDefinition {
  const definition: ErrorDefinition = {
    code,
    status,
    title,
    detail,
    with: (options) => new ProblemError(definition, options),
  };
  return definition;
}

/** What is told of a failure that is kept or sent beside something else: {@link ProblemError} without its HTTP part. */
export interface Failure {
  code: string;
  detail: string;
  reason?: string;
  params?: ProblemParameters;
}

/** What is told of `problem` where it is no answer of its own. */
export function failureOf({ code, detail, reason, params }: ProblemError): Failure {
  return { code, detail, ...(reason ? { reason } : {}), ...(params ? { params } : {}) };
}

/**
 * A failure of which code and sentence were kept, and perhaps more. Where no reason was, it shows by itself whether the
 * sentence is the one of the code.
 */
export function keptFailure(
  code: string,
  detail: string,
  more: { reason?: string | null; params?: ProblemParameters | null } = {},
): Failure {
  const reason = more.reason ?? (declared.get(code)?.detail === detail ? undefined : otherReason);
  return { code, detail, ...(reason ? { reason } : {}), ...(more.params ? { params: more.params } : {}) };
}

/** A failure that was kept, as the error that it was. */
export function restoreProblem({ code, ...options }: Failure): ProblemError {
  const definition = declared.get(code) ?? createDefinition(code, 500, 'Failed', options.detail);
  return definition.with(options);
}

/** True when `error` is a problem with the code of `definition`. */
export function isProblem(error: unknown, definition: ErrorDefinition): error is ProblemError {
  return error instanceof ProblemError && error.code === definition.code;
}

export const InternalError = defineError(
  'internal',
  500,
  'Internal error',
  'The server met an error that it did not expect. It was logged; give the request id to whoever runs this server.',
);
export const RouteNotFound = defineError('not_found', 404, 'Not found', 'There is nothing at this address.');
export const ValidationFailed = defineError(
  'validation_failed',
  422,
  'Invalid input',
  'Some of what was sent is not valid. See the fields.',
);
export const MalformedBody = defineError(
  'malformed_body',
  400,
  'Malformed body',
  'The body could not be read.',
);
export const UnsupportedMediaType = defineError(
  'unsupported_media_type',
  415,
  'Unsupported media type',
  'Send the body as application/json.',
);
export const BodyTooLarge = defineError(
  'body_too_large',
  413,
  'Body too large',
  'The body is larger than allowed here.',
);
export const Overloaded = defineError(
  'overloaded',
  503,
  'Server is busy',
  'The server has more work than it can do at once. Try again in a moment.',
);
export const ShuttingDown = defineError(
  'shutting_down',
  503,
  'Server is stopping',
  'The server is restarting. Try again in a moment.',
);
export const DatabaseUnavailable = defineError(
  'database_unavailable',
  503,
  'Database unavailable',
  'The database does not answer. Nothing was lost; try again in a moment.',
);
export const DatabaseFull = defineError(
  'database_full',
  507,
  'No room left',
  'The disk of the database is full, so nothing was stored. Ask whoever runs this server to free some space, then try again.',
);
export const SchemaOutOfDate = defineError(
  'schema_out_of_date',
  503,
  'Database schema out of date',
  'The database does not match this version of the program. Whoever runs this server should run: npm run db:migrate',
);
export const RequestTimeout = defineError(
  'request_timeout',
  503,
  'Request took too long',
  'The request took too long and was ended. Try again in a moment.',
);
