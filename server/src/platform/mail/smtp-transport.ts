import type { Transporter } from 'nodemailer';
import type { Secret } from '../crypto/secret.ts';
import { type MailAddress, MailFailure } from './mail-message.ts';
import { composeMail, type MailTransport } from './mail-transport.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://host`; query parameters are options of the library. */
  url: Secret;
  from: MailAddress;
}

const connectTimeoutMs = 10_000;
const silenceTimeoutMs = 20_000;

/** Sends through one SMTP server. Every wait is bounded; a connection lives as long as one letter. */
export function createSmtpTransport({ url, from }: SmtpOptions): MailTransport {
  let opened: Transporter | undefined;
  // The library comes with the first letter.
  const transporter = async (): Promise<Transporter> => {
    const { createTransport } = await import('nodemailer');
    opened ??= createTransport({
      url: withDefaults(url.reveal()),
      connectionTimeout: connectTimeoutMs,
      dnsTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: silenceTimeoutMs,
      // Also where this machine has no network but its own.
      allowInternalNetworkInterfaces: true,
      logger: false,
    });
    return opened;
  };
  const server = describeServer(url.reveal());
  return {
    kind: 'smtp',
    from,
    folder: undefined,
    async send(mail, signal) {
      const letter = composeMail(from, mail);
      try {
        await (await transporter()).sendMail({ ...letter, ...(signal ? { signal } : {}) });
      } catch (error) {
        signal?.throwIfAborted();
        throw toFailure(error, server);
      }
    },
    async check() {
      try {
        await (await transporter()).verify();
      } catch (error) {
        throw toFailure(error, server);
      }
    },
  };
}

/**
 * Letters hold links that open accounts, so a server on another machine must offer encryption; whoever has none says
 * so with `?requireTLS=false`.
 */
function withDefaults(text: string): string {
  const url = new URL(text);
  if (url.protocol === 'smtp:' && !isNear(url.hostname) && !url.searchParams.has('requireTLS'))
    url.searchParams.set('requireTLS', 'true');
  return url.href;
}

/** This machine, or a name that only its own network knows. */
function isNear(host: string): boolean {
  return host === '127.0.0.1' || host === '[::1]' || host === 'localhost' || !host.includes('.');
}

function describeServer(text: string): string {
  const url = new URL(text);
  return url.port === '' ? url.hostname : `${url.hostname}:${url.port}`;
}

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
}

const reasons: Record<string, string> = {
  EDNS: 'its name was not found',
  ECONNECTION: 'it closed the connection',
  ETIMEDOUT: 'it did not answer in time',
  ETLS: 'no encrypted connection could be made with it',
  ESOCKET: 'the connection failed',
  EAUTH: 'it did not accept the user name or password',
  ENOAUTH: 'it wants a user name and a password',
  EPROTOCOL: 'it answered something unexpected',
};

/** What went wrong, in a sentence without the letter's content; the server's own words are at the end. */
function toFailure(error: unknown, server: string): MailFailure {
  const { code, responseCode, response, message } = error as SmtpError;
  const words = (response ?? message).replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 200);
  // 5xx is final (RFC 5321 §4.2.1) where it is about the message; all else is for the operator to mend meanwhile.
  const isAboutMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
  const permanent = isAboutMessage && responseCode !== undefined && responseCode >= 500;
  const sentence = permanent
    ? `The mail server ${server} refused the message: ${words}`
    : `The mail server ${server} could not take the message: ${reasons[code ?? ''] ?? 'it failed'} (${words}).`;
  return new MailFailure(sentence, { permanent, cause: error });
}
