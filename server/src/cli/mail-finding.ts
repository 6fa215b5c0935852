import type { Config } from '../config.ts';
import { createMailTransport, MailFailure } from '../platform/mail/index.ts';

/** What `doctor` says about mail: the SMTP server takes it, or it stays in the outbox. */
export async function checkMail(config: Config): Promise<{ ok: boolean; detail: string }> {
  const transport = createMailTransport({ ...config.mail, dataDir: config.dataDir });
  try {
    await transport.check();
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    return { ok: false, detail: `${error.message} Check SMTP_URL, or the folder.` };
  }
  const detail =
    transport.kind === 'smtp'
      ? `The mail server answers; mails come from ${transport.from.address}.`
      : `No SMTP_URL: mails are kept in ${transport.folder} and reach nobody by themselves.`;
  return { ok: true, detail };
}
