import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers } from 'pino';

export type Logger = PinoLogger;

const secretFields = [
  'password',
  'token',
  'secret',
  'authorization',
  'cookie',
  'api_key',
  'apiKey',
  'setup_code',
];

/**
 * Structured logs (pino). Secrets are wrapped at their source (`Secret`); the redaction list is the second net.
 */
export function createLogger(options: {
  level: string;
  destination?: DestinationStream;
  name?: string;
}): Logger {
  return pino(
    {
      level: options.level,
      base: { name: options.name ?? 'aiwfe', pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[secret]',
      },
      serializers: { err: stdSerializers.errWithCause },
    },
    options.destination ?? process.stdout,
  );
}
