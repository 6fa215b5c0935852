import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type MailAddress, MailFailure } from './mail-message.ts';
import { composeMail, type MailTransport } from './mail-transport.ts';

const headerBytes = 8_192;

/** Keeps letters as files that only the server's own account may read, where no SMTP server is configured. */
export function createOutboxTransport(options: { folder: string; from: MailAddress }): MailTransport {
  const { folder, from } = options;
  return {
    kind: 'outbox',
    from,
    folder,
    async send(mail) {
      const { message } = await (await openComposer()).sendMail(composeMail(from, mail));
      // Of two attempts with one id there is one file.
      const day = mail.date.toISOString().slice(0, 19).replaceAll(':', '-');
      const name = `${day}-${mail.messageId.replace(/[^\w-]/g, '_')}.eml`;
      const unfinished = path.join(folder, `.${randomUUID()}`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(unfinished, message as Buffer, { mode: 0o600, flush: true });
        await rename(unfinished, path.join(folder, name));
      } catch (error) {
        throw cannotWrite(folder, error);
      } finally {
        await rm(unfinished, { force: true });
      }
    },
    removeKept: (recipients, exceptIds) => removeKept(folder, new Set(recipients), exceptIds),
    async check() {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await access(folder, constants.W_OK | constants.X_OK);
      } catch (error) {
        throw cannotWrite(folder, error);
      }
    },
  };
}

/** The library comes with the first letter. */
async function openComposer() {
  const { createTransport } = await import('nodemailer');
  return createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
}

/** The recipient is read from the letters themselves: what was known of older ones is gone from the database. */
async function removeKept(folder: string, recipients: Set<string>, exceptIds: string[]): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.eml') || exceptIds.some((id) => name.includes(id))) continue;
    const file = path.join(folder, name);
    const recipient = await recipientOf(file);
    if (recipient !== undefined && recipients.has(recipient)) await rm(file, { force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // Nothing was kept yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function recipientOf(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    const header = buffer.toString('utf8', 0, bytesRead).split('\r\n\r\n', 1)[0] ?? '';
    return /^to:\s*<?([^<>\r\n]+?)>?\s*$/im.exec(header)?.[1];
  } finally {
    await handle.close();
  }
}

function cannotWrite(folder: string, cause: unknown): MailFailure {
  const { code } = cause as NodeJS.ErrnoException;
  return new MailFailure(`The outbox folder ${folder} cannot be written to (${code ?? 'unknown reason'}).`, {
    permanent: false,
    cause,
  });
}
