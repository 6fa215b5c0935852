import { ConfigError } from '../config.ts';
import { EmbeddedDatabaseError } from '../platform/database/embedded/embedded-errors.ts';
import { ProblemError } from '../platform/errors.ts';

/** A reason to end a command that one sentence explains. */
export class CommandFailure extends Error {
  readonly exitStatus: number;

  constructor(sentence: string, options: { exitStatus?: number; cause?: unknown } = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CommandFailure';
    this.exitStatus = options.exitStatus ?? 1;
  }
}

/** The sentence for a person that explains why a command ended; unknown errors are shown by their message. */
export function describeFailure(error: unknown): string {
  if (error instanceof EmbeddedDatabaseError) return error.sentence;
  if (error instanceof CommandFailure || error instanceof ConfigError) return error.message;
  if (error instanceof ProblemError) return describeProblem(error);
  const { code, message, target } = describeSystemError(error);
  const where = target.port ? `${target.address ?? 'localhost'}:${target.port}` : (target.path ?? '');
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${target.port} on ${target.address} is already in use. Set PORT to another one, or stop the other program.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${target.address} to listen on. Set HOST to one that it has.`;
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return `The database at ${where || 'DATABASE_URL'} cannot be reached (${code}). Check DATABASE_URL and that it runs.`;
    case '28P01':
    case '28000':
      return `The database refuses this user or password (${message}). Check DATABASE_URL.`;
    case '3D000':
      return `The database of DATABASE_URL does not exist (${message}).`;
    case 'ENOSPC':
      return `The disk is full${where ? ` (${where})` : ''}. Free some space and start again; nothing was lost.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      if (target.port)
        return `This account may not listen on port ${target.port}. Set PORT to 1024 or above.`;
      return `${where || 'A file'} may not be used by this account (${code}).`;
    default:
      return message;
  }
}

function describeProblem(problem: ProblemError): string {
  const fields = problem.errors?.map(({ field, detail }) => `${field}: ${detail}`).join(' ') ?? '';
  return [problem.detail, fields].filter(Boolean).join(' ');
}

interface SystemErrorFacts {
  code: string;
  message: string;
  target: { address?: string; port?: number; path?: string };
}

function describeSystemError(error: unknown): SystemErrorFacts {
  // Connecting to a name with several addresses fails with one error for each.
  const first: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  if (!(first instanceof Error)) return { code: '', message: String(first), target: {} };
  const facts: { code?: unknown } & SystemErrorFacts['target'] & Error = first;
  return { code: String(facts.code ?? ''), message: facts.message, target: facts };
}
