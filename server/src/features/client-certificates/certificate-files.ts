import { createPrivateKey, X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdir, open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { KeyedCertificate } from './certificate-authority.ts';

/** The files of one installation; keys are for their owner only. */
export const certificateFileNames = {
  authority: 'ca.pem',
  authorityKey: 'ca.key',
  server: 'server.pem',
  serverKey: 'server.key',
} as const;

type FileName = keyof typeof certificateFileNames;
const keyMode = 0o600;
const certificateMode = 0o644;
const folderMode = 0o700;

export type Kind = 'authority' | 'server';

const fileOf = (folder: string, name: FileName): string => path.join(folder, certificateFileNames[name]);
const partsOf = (kind: Kind): [FileName, FileName] =>
  kind === 'authority' ? ['authority', 'authorityKey'] : ['server', 'serverKey'];

/** A key with its certificate; `undefined` when neither file is there. Throws when one of the two is missing. */
export async function readKeyedCertificate(
  folder: string,
  kind: Kind,
): Promise<KeyedCertificate | undefined> {
  const [certificateName, keyName] = partsOf(kind);
  const [certificatePem, privateKeyPem] = await Promise.all([
    readIfPresent(fileOf(folder, certificateName)),
    readIfPresent(fileOf(folder, keyName)),
  ]);
  if (certificatePem === undefined && privateKeyPem === undefined) return undefined;
  if (certificatePem === undefined || privateKeyPem === undefined)
    throw new Error(
      `${fileOf(folder, certificatePem === undefined ? certificateName : keyName)} is missing beside its ` +
        `${certificatePem === undefined ? 'key' : 'certificate'}. Restore it, or move the other away and run: npx aiwfe certs init`,
    );
  return { certificatePem, privateKeyPem };
}

/** Writes a key and its certificate. `replace: false` refuses to touch what is there. */
export async function writeKeyedCertificate(
  folder: string,
  kind: Kind,
  content: KeyedCertificate,
  options: { replace: boolean },
): Promise<void> {
  const [certificateName, keyName] = partsOf(kind);
  await mkdir(folder, { recursive: true, mode: folderMode });
  await chmod(folder, folderMode);
  await writeFileWithMode(fileOf(folder, keyName), content.privateKeyPem, keyMode, options.replace);
  await writeFileWithMode(
    fileOf(folder, certificateName),
    content.certificatePem,
    certificateMode,
    options.replace,
  );
}

/** Writes a file that has its mode before it has content. */
export async function writeFileWithMode(
  file: string,
  content: string | Buffer,
  mode: number,
  replace: boolean,
): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | (replace ? constants.O_TRUNC : constants.O_EXCL);
  const handle = await open(file, flags, mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A finding about the certificates, for `doctor` (incident I9). */
export interface CertificateFinding {
  ok: boolean;
  detail: string;
}

const warnDays = 30;
const dayMs = 86_400_000;

/** Checks expiry, names, chain, key and modes of the files. `undefined` when there are none: nothing is asked for then. */
export async function inspectCertificates(
  folder: string,
  now: Date,
): Promise<CertificateFinding | undefined> {
  let authority: KeyedCertificate | undefined;
  let server: KeyedCertificate | undefined;
  try {
    authority = await readKeyedCertificate(folder, 'authority');
    server = await readKeyedCertificate(folder, 'server');
  } catch (error) {
    return { ok: false, detail: (error as Error).message };
  }
  if (!authority && !server) return undefined;
  if (!authority || !server)
    return {
      ok: false,
      detail: `${folder} lacks ${authority ? 'the server’s' : 'the authority’s'} files. Run: npx aiwfe certs init`,
    };
  const problem = (await modeProblem(folder)) ?? certificateProblem(authority, server, now);
  return problem === undefined
    ? { ok: true, detail: describeGood(server, now) }
    : { ok: false, detail: problem };
}

async function modeProblem(folder: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  for (const name of ['authorityKey', 'serverKey'] as const) {
    const file = fileOf(folder, name);
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) return `${file} can be read by others. Run: chmod 600 ${file}`;
  }
  return undefined;
}

function certificateProblem(
  authority: KeyedCertificate,
  server: KeyedCertificate,
  now: Date,
): string | undefined {
  const issuer = new X509Certificate(authority.certificatePem);
  const leaf = new X509Certificate(server.certificatePem);
  const renew = 'Run: npx aiwfe certs renew';
  if (!issuer.ca)
    return 'The certificate of the authority is not one of an authority. Run: npx aiwfe certs init';
  if (!leaf.checkIssued(issuer) || !leaf.verify(issuer.publicKey))
    return `The server’s certificate was not issued by this authority. ${renew}`;
  if (!matchesKey(leaf, server.privateKeyPem))
    return `The server’s key does not belong to its certificate. ${renew}`;
  if (!matchesKey(issuer, authority.privateKeyPem))
    return 'The authority’s key does not belong to its certificate. Restore both from a backup.';
  if (!leaf.subjectAltName)
    return `The server’s certificate names no host (subject alternative names). ${renew}`;
  if (Date.parse(issuer.validTo) < now.getTime())
    return `The authority expired on ${issuer.validTo}. Run: npx aiwfe certs init`;
  if (Date.parse(leaf.validTo) < now.getTime())
    return `The server’s certificate expired on ${leaf.validTo}. ${renew}`;
  if (Date.parse(leaf.validTo) < now.getTime() + warnDays * dayMs)
    return `The server’s certificate expires on ${leaf.validTo}. ${renew}`;
  return undefined;
}

function matchesKey(certificate: X509Certificate, privateKeyPem: string): boolean {
  return certificate.checkPrivateKey(createPrivateKey(privateKeyPem));
}

function describeGood(server: KeyedCertificate, now: Date): string {
  const leaf = new X509Certificate(server.certificatePem);
  const days = Math.floor((Date.parse(leaf.validTo) - now.getTime()) / dayMs);
  return `The server’s certificate is for ${leaf.subjectAltName ?? ''} and good for ${days} more days.`;
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
