import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkMail } from '../../src/cli/mail-finding.ts';
import { loadConfig } from '../../src/config.ts';
import { startSmtpPeer } from '../peers/smtp-peer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-doctor-mail-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const check = (environ: Record<string, string> = {}) =>
  checkMail(loadConfig({ AIWFE_DATA_DIR: folder, ...environ }));

describe('doctor on mail', () => {
  test('names the outbox where no SMTP server is set', async () => {
    const finding = await check();
    expect(finding).toEqual({
      ok: true,
      detail: expect.stringContaining(path.join(folder, 'outbox')) as string,
    });
  });

  test('reaches the SMTP server of a secret file, and says when it is away', async () => {
    const peer = await startSmtpPeer();
    const file = path.join(folder, 'smtp-url');
    await writeFile(file, `smtp://127.0.0.1:${peer.port}\n`);
    const environ = { SMTP_URL_FILE: file, MAIL_FROM: 'Engine <engine@example.org>' };
    expect(await check(environ)).toMatchObject({ ok: true, detail: expect.stringContaining('answers') });
    await peer.stop();
    expect(await check(environ)).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`127.0.0.1:${peer.port}`),
    });
  });

  test('settings that cannot work are refused at the start, by name and never by value', () => {
    const environ = { SMTP_URL: 'http://user:very-secret@mail', MAIL_FROM: 'Engine <a@b>\r\nBcc: c@d' };
    let message = '';
    try {
      loadConfig({ AIWFE_DATA_DIR: folder, ...environ });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/SMTP_URL must be[\s\S]*MAIL_FROM must be/);
    expect(message).not.toContain('very-secret');
  });
});
