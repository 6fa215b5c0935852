import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from '../telemetry/logger.ts';

/** The logger of one request. It is made when something is logged: nearly all requests log nothing. */
class RequestLogger implements FastifyBaseLogger {
  readonly #parent: Logger;
  readonly #bindings: Record<string, unknown>;
  #made: Logger | undefined;

  constructor(parent: Logger, bindings: Record<string, unknown>) {
    this.#parent = parent;
    this.#bindings = bindings;
  }

  get #log(): Logger {
    this.#made ??= this.#parent.child(this.#bindings);
    return this.#made;
  }

  get level(): string {
    return this.#parent.level;
  }

  fatal(...entry: unknown[]): void {
    this.#log.fatal(...(entry as [string]));
  }

  error(...entry: unknown[]): void {
    this.#log.error(...(entry as [string]));
  }

  warn(...entry: unknown[]): void {
    this.#log.warn(...(entry as [string]));
  }

  info(...entry: unknown[]): void {
    this.#log.info(...(entry as [string]));
  }

  debug(...entry: unknown[]): void {
    this.#log.debug(...(entry as [string]));
  }

  trace(...entry: unknown[]): void {
    this.#log.trace(...(entry as [string]));
  }

  silent(): void {}

  child(bindings: Record<string, unknown>): FastifyBaseLogger {
    return this.#log.child(bindings) as unknown as FastifyBaseLogger;
  }
}

/** Gives each request a logger that carries `bindings` (the request id) once it logs. */
export function createRequestLogger(parent: Logger, bindings: Record<string, unknown>): FastifyBaseLogger {
  return new RequestLogger(parent, bindings);
}
