import 'reflect-metadata';
import { X509Certificate as NodeCertificate, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { fingerprintOf } from './fingerprint.ts';
import { UnusableRequest } from './unusable-request.ts';

type CryptoKey = webcrypto.CryptoKey;

x509.cryptoProvider.set(webcrypto as never);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
/** Clocks of clients may be behind ours. */
const backdatedMs = 5 * 60_000;
/** Browsers refuse server certificates that live longer (CA/Browser Forum ballot SC-081 lowers it step by step). */
const serverDays = 397;
const authorityDays = 3_650;
const revocationListDays = 7;

/** A key and its certificate as PEM. */
export interface KeyedCertificate {
  privateKeyPem: string;
  certificatePem: string;
}

export interface IssuedCertificate {
  certificatePem: string;
  /** Lower-case hexadecimal, without leading zeros. */
  serial: string;
  /** SHA-256 of the DER: what identifies the certificate. */
  fingerprint: Buffer;
  notBefore: Date;
  notAfter: Date;
}

export interface RevokedCertificate {
  serial: string;
  revokedAt: Date;
}

export interface CertificateAuthority {
  certificatePem: string;
  /** A certificate for TLS servers with these names and addresses as subject alternative names (RFC 9525). */
  issueServer(names: string[], now: Date): Promise<KeyedCertificate>;
  /** A certificate for a key that the device made: the request proves that it holds the key (RFC 2986). */
  issueForRequest(requestPem: string, subject: ClientSubject, now: Date): Promise<IssuedCertificate>;
  /** Key and certificate for a device that cannot make its own. */
  issueWithKey(subject: ClientSubject, now: Date): Promise<IssuedCertificate & { privateKey: ArrayBuffer }>;
  /** The revocation list, PEM (RFC 5280 §5). `number` grows with each list. */
  makeRevocationList(revoked: RevokedCertificate[], number: number, now: Date): Promise<string>;
}

export interface ClientSubject {
  /** For people who look at the certificate; nothing is decided by it. */
  commonName: string;
  days: number;
}

/** Makes the authority that certifies this installation's devices. Its key stays on the server. */
export async function makeAuthority(commonName: string, now: Date): Promise<KeyedCertificate> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: makeSerial(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(now.getTime() - backdatedMs),
    notAfter: new Date(now.getTime() + authorityDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: certificate.toString('pem'), privateKeyPem: await exportKey(keys.privateKey) };
}

/** Opens an authority from its PEM files. Throws when they do not belong together. */
export async function openAuthority(files: KeyedCertificate): Promise<CertificateAuthority> {
  const certificate = new x509.X509Certificate(files.certificatePem);
  const signingKey = await importKey(files.privateKeyPem);
  const issue = async (
    publicKey: CryptoKey | x509.PublicKey,
    commonName: string,
    notAfter: Date,
    now: Date,
    extensions: x509.Extension[],
  ) =>
    x509.X509CertificateGenerator.create({
      serialNumber: makeSerial(),
      subject: [{ CN: [commonName] }],
      issuer: certificate.subjectName,
      notBefore: new Date(now.getTime() - backdatedMs),
      notAfter: earlier(notAfter, certificate.notAfter),
      signingKey,
      publicKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        ...extensions,
        await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
      ],
    });
  const issueClient = (publicKey: CryptoKey | x509.PublicKey, subject: ClientSubject, now: Date) =>
    issue(publicKey, subject.commonName, new Date(now.getTime() + subject.days * dayMs), now, clientUsage());

  return {
    certificatePem: files.certificatePem,
    async issueServer(names, now) {
      const keys = await makeKeys();
      const notAfter = new Date(now.getTime() + serverDays * dayMs);
      const extensions = serverUsage(names);
      const issued = await issue(keys.publicKey, names[0] ?? 'localhost', notAfter, now, extensions);
      return { certificatePem: issued.toString('pem'), privateKeyPem: await exportKey(keys.privateKey) };
    },
    async issueForRequest(requestPem, subject, now) {
      return describe(await issueClient(await provenKey(requestPem), subject, now));
    },
    async issueWithKey(subject, now) {
      const keys = await makeKeys();
      const issued = describe(await issueClient(keys.publicKey, subject, now));
      return { ...issued, privateKey: await webcrypto.subtle.exportKey('pkcs8', keys.privateKey) };
    },
    async makeRevocationList(revoked, number, now) {
      const list = await x509.X509CrlGenerator.create({
        issuer: certificate.subject,
        thisUpdate: now,
        nextUpdate: new Date(now.getTime() + revocationListDays * dayMs),
        signingAlgorithm: algorithm,
        signingKey,
        entries: revoked.map((entry) => ({ serialNumber: entry.serial, revocationDate: entry.revokedAt })),
        extensions: [
          new x509.Extension('2.5.29.20', false, derInteger(number)),
          await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
        ],
      });
      return x509.PemConverter.encode(list.rawData, 'X509 CRL');
    },
  };
}

/** The public key of a signing request that its own key signed. */
async function provenKey(requestPem: string): Promise<x509.PublicKey> {
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(requestPem);
  } catch (cause) {
    throw new UnusableRequest('This is not a certificate signing request (PKCS #10, PEM).', { cause });
  }
  const { name, namedCurve, modulusLength } = request.publicKey.algorithm as {
    name: string;
    namedCurve?: string;
    modulusLength?: number;
  };
  const strongEnough =
    (name === 'ECDSA' && /^P-(256|384|521)$/.test(namedCurve ?? '')) ||
    (name.startsWith('RSA') && (modulusLength ?? 0) >= 2_048) ||
    /^Ed(25519|448)$/.test(name) ||
    /^EdDSA$/.test(name);
  if (!strongEnough)
    throw new UnusableRequest(
      'Its key is too weak: use ECDSA P-256 or better, Ed25519, or RSA of 2,048 bits.',
    );
  if (!(await isSelfSigned(request))) throw new UnusableRequest('The request is not signed by its own key.');
  return request.publicKey;
}

async function isSelfSigned(request: x509.Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch (cause) {
    throw new UnusableRequest('The signature of the request cannot be checked.', { cause });
  }
}

function clientUsage(): x509.Extension[] {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ];
}

function serverUsage(names: string[]): x509.Extension[] {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
    ),
  ];
}

/** What is kept of an issued certificate. */
function describe(certificate: x509.X509Certificate): IssuedCertificate {
  const certificatePem = certificate.toString('pem');
  const node = new NodeCertificate(certificatePem);
  return {
    certificatePem,
    serial: serialOf(node),
    fingerprint: fingerprintOf(node),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  };
}

function serialOf(certificate: NodeCertificate): string {
  return certificate.serialNumber.toLowerCase().replace(/^0+(?=.)/, '');
}

/** 127 random bits, never negative (RFC 5280 §4.1.2.2). */
function makeSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function derInteger(value: number): ArrayBuffer {
  let hex = value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (Number.parseInt(hex.slice(0, 2), 16) > 0x7f) hex = `00${hex}`;
  const body = Buffer.from(hex, 'hex');
  return new Uint8Array([0x02, body.length, ...body]).buffer;
}

const makeKeys = () =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

async function exportKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function importKey(pem: string): Promise<CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  if (!der) throw new Error('The key file of the certificate authority holds no key.');
  return (await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])) as CryptoKey;
}

const earlier = (left: Date, right: Date): Date => (left < right ? left : right);
