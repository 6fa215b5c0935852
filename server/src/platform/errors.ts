/** One problem with one field of a request, as RFC 9457 extension member `errors`. */
export interface FieldProblem {
  field: string;
  detail: string;
}

export interface ProblemOptions {
  /** A sentence for a person: what happened and what to do. */
  detail?: string;
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

/** An error that may be shown to a person: it carries a declared code (RFC 9457). Compare codes, not classes. */
export class ProblemError extends Error {
  readonly definition: ErrorDefinition;
  readonly code: string;
  readonly status: number;
  readonly detail: string;
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
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Declares an error code once; `detail` is the sentence shown when the thrower has nothing more exact. */
export function defineError(
  code: string,
  status: number,
  title: string,
  detail = `${title}.`,
): ErrorDefinition {
  const definition: ErrorDefinition = {
    code,
    status,
    title,
    detail,
    with: (options) => new ProblemError(definition, options),
  };
  return definition;
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
