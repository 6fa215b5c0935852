import { createHash, createHmac, X509Certificate } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import {
  AccountNotFound,
  type AccountsService,
  accountByEmailQuery,
  canonicalEmail,
  mayAdminister,
  RankTooLow,
} from '../accounts/index.ts';
import { type AuditTrail, type ClientFacts, storable } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import type { SessionsService } from '../sessions/index.ts';
import type { CertificateAuthority, IssuedCertificate } from './certificate-authority.ts';
import { readKeyedCertificate } from './certificate-files.ts';
import {
  CertificateNotFound,
  CertificatesOff,
  TooManyCertificates,
  UnusableSigningRequest,
} from './certificates.errors.ts';
import {
  type CertificateRow,
  countLiveCertificates,
  findByFingerprint,
  findCertificateOwner,
  insertCertificate,
  listCertificates,
  readRevocations,
  revokeCertificate,
} from './certificates.queries.ts';
import { fingerprintOf } from './fingerprint.ts';
import { UnusableRequest } from './unusable-request.ts';

const certificateDays = 365;
const maxCertificates = 20;
/** A list is made anew this long after the last one, or at once after a revocation in this process. */
const listMaxAgeMs = 60_000;

export interface CertificatesOptions {
  db: Database;
  accounts: AccountsService;
  keys: KeyRing;
  audit: AuditTrail;
  notices: SecurityNotices;
  policies: PoliciesService;
  sessions: SessionsService;
  /** Folder of the authority's and the server's files. */
  folder: string;
  clock: () => Date;
}

export interface Enrolled {
  row: CertificateRow;
  certificatePem: string;
  /** Only where the server made the key. */
  pkcs12: Buffer | undefined;
}

/** How a device gets its key: it made its own, or the server makes one and hands it over in a protected file. */
export type KeyChoice = { signingRequestPem: string } | { pkcs12Password: string };

/** Whose device it is; without a session it is the operator who asks, on the command line. */
export interface CertificateOwner {
  userId: string;
  sessionId?: string;
}

export type CertificatesService = ReturnType<typeof createCertificatesService>;

/** Certificates of people's devices: enrolment, revocation, and whose a shown certificate is. */
export function createCertificatesService(options: CertificatesOptions) {
  const { db, clock } = options;
  const authority = createAuthorityLoader(options.folder);
  let list: { pem: string; madeAtMs: number } | undefined;

  return {
    /** Whether certificates can be issued here. */
    isSetUp: async (): Promise<boolean> => (await authority()) !== undefined,

    /** The authority's certificate, PEM. Throws `certificates.not_set_up`. */
    authorityPem: async (): Promise<string> => (await requireAuthority(authority)).certificatePem,

    list: (actor: Actor): Promise<CertificateRow[]> => listCertificates(db, actor.userId),

    /**
     * Issues a certificate for a device of the actor. Throws `certificates.not_set_up`, `certificates.too_many`,
     * `certificates.unusable_request`, `validation_failed`.
     */
    enrol: (
      owner: CertificateOwner,
      input: { name: string; key: KeyChoice },
      client: ClientFacts,
    ): Promise<Enrolled> => enrol(options, authority, owner, input, client),

    /** The same for whoever runs the machine, by the person's address. Throws `accounts.not_found` too. */
    async enrolByOperator(input: { email: string; name: string; key: KeyChoice }): Promise<Enrolled> {
      const { rows } = await accountByEmailQuery(canonicalEmail(input.email) ?? null).execute(db);
      if (!rows[0]) throw AccountNotFound.with();
      return enrol(options, authority, { userId: rows[0].id }, input, { address: '', userAgent: '' });
    },

    /** Revokes one's own certificate; sessions that it opened end. Throws `certificates.not_found` (S30). */
    async revoke(actor: Actor, id: string, client: ClientFacts): Promise<void> {
      await revokeFor(options, { actor, id, owner: actor.userId, reason: 'revoked_by_person' }, client);
      list = undefined;
    },

    /** Certificates of somebody, for administrators. */
    listOf: (userId: string): Promise<CertificateRow[]> => listCertificates(db, userId),

    /** Revokes somebody's certificate by rank (S12). Throws `certificates.not_found`, `auth.forbidden`. */
    async revokeAsAdministrator(actor: Actor, id: string, client: ClientFacts): Promise<void> {
      const owner = await findCertificateOwner(db, id);
      const target = owner === undefined ? undefined : await options.accounts.findAccount(owner);
      if (!target) throw CertificateNotFound.with();
      if (!mayAdminister(actor.role, target.role))
        throw RankTooLow.with({
          detail: 'Nobody may act on an account of equal or higher rank.',
          reason: 'rank',
        });
      await revokeFor(options, { actor, id, owner: target.id, reason: 'revoked_by_administrator' }, client);
      list = undefined;
    },

    /** Whose live certificate this is; the leaf alone decides, nothing of its text does. */
    find: (certificate: X509Certificate) => findByFingerprint(db, fingerprintOf(certificate)),

    /** What stands in the device cookie of a browser or app with this certificate: only the server can tell. */
    deviceCookie: (certificate: X509Certificate): string =>
      options.keys
        .all('token-hash')
        .map((key) => deviceTokenOf(key.bytes, fingerprintOf(certificate)))
        .join('.'),

    /** The signed revocation list, PEM. Throws `certificates.not_set_up`. */
    async revocationList(): Promise<string> {
      const issuer = await requireAuthority(authority);
      const now = clock();
      if (!list || now.getTime() - list.madeAtMs > listMaxAgeMs) {
        const { number, revoked } = await readRevocations(db);
        list = { pem: await issuer.makeRevocationList(revoked, number, now), madeAtMs: now.getTime() };
      }
      return list.pem;
    },
  };
}

async function revokeFor(
  { db, audit, sessions }: CertificatesOptions,
  revocation: { actor: Actor; id: string; owner: string; reason: string },
  client: ClientFacts,
): Promise<void> {
  const { actor, id, owner, reason } = revocation;
  const ended = await db.transaction().execute(async (trx) => {
    const done = await revokeCertificate(trx, id, owner, reason);
    if (!done) throw CertificateNotFound.with();
    await audit.record(trx, {
      action: 'certificate.revoked',
      outcome: 'success',
      actorId: actor.userId,
      subjectId: done.userId,
      sessionId: actor.sessionId,
      details: { serial: done.serial, ended_sessions: done.endedSessions.length },
      personal: { address: client.address, userAgent: client.userAgent },
    });
    return done.endedSessions;
  });
  sessions.announceEnded(ended);
}

type AuthorityLoader = () => Promise<CertificateAuthority | undefined>;

/** Opens the authority when it is first needed; one that is made while the server runs is found then. */
function createAuthorityLoader(folder: string): AuthorityLoader {
  let opened: Promise<CertificateAuthority> | undefined;
  return async () => {
    if (opened) return opened;
    const files = await readKeyedCertificate(folder, 'authority');
    if (!files) return undefined;
    // Loaded when the first certificate is asked for: most servers never issue one.
    const { openAuthority } = await import('./certificate-authority.ts');
    opened = openAuthority(files);
    return opened;
  };
}

async function requireAuthority(load: AuthorityLoader): Promise<CertificateAuthority> {
  const authority = await load();
  if (!authority) throw CertificatesOff.with();
  return authority;
}

async function enrol(
  options: CertificatesOptions,
  load: AuthorityLoader,
  owner: CertificateOwner,
  input: { name: string; key: KeyChoice },
  client: ClientFacts,
): Promise<Enrolled> {
  const name = storable(input.name, 100);
  if (name === '')
    throw ValidationFailed.with({ errors: [{ field: 'name', detail: 'is empty', reason: 'empty' }] });
  const authority = await requireAuthority(load);
  const issued = await issue(authority, name, input.key, options.clock());
  const key = options.keys.current('token-hash');
  const { remember_device_days: trustDays } = await options.policies.current();
  const row = await options.db.transaction().execute(async (trx) => {
    if ((await countLiveCertificates(trx, owner.userId)) >= maxCertificates) throw TooManyCertificates.with();
    const stored = await insertCertificate(trx, {
      id: uuidv7(),
      userId: owner.userId,
      deviceId: uuidv7(),
      name,
      serial: issued.serial,
      fingerprint: issued.fingerprint,
      notAfter: issued.notAfter,
      deviceTokenHash: createHash('sha256').update(deviceTokenOf(key.bytes, issued.fingerprint)).digest(),
      trustDays,
      userAgent: '',
    });
    await options.audit.record(trx, {
      action: 'certificate.issued',
      outcome: 'success',
      actorId: owner.sessionId === undefined ? undefined : owner.userId,
      subjectId: owner.userId,
      sessionId: owner.sessionId,
      ...(owner.sessionId === undefined ? { factor: 'operator' } : {}),
      details: { serial: issued.serial, key_made_by: issued.pkcs12 ? 'server' : 'device' },
      personal: { address: client.address, userAgent: client.userAgent },
    });
    const facts = { name, address: client.address, user_agent: client.userAgent };
    await options.notices.send(trx, owner.userId, { kind: 'certificate_issued', facts });
    return stored;
  });
  return { row, certificatePem: issued.certificatePem, pkcs12: issued.pkcs12 };
}

async function issue(
  authority: CertificateAuthority,
  name: string,
  key: KeyChoice,
  now: Date,
): Promise<IssuedCertificate & { pkcs12?: Buffer }> {
  const subject = { commonName: name, days: certificateDays };
  if ('signingRequestPem' in key) {
    try {
      return await authority.issueForRequest(key.signingRequestPem, subject, now);
    } catch (error) {
      if (error instanceof UnusableRequest)
        throw UnusableSigningRequest.with({ detail: error.message, cause: error });
      throw error;
    }
  }
  const { privateKey, ...issued } = await authority.issueWithKey(subject, now);
  const { makePkcs12 } = await import('./pkcs12.ts');
  const pkcs12 = await makePkcs12({
    privateKey,
    certificates: [issued.certificatePem, authority.certificatePem].map(derOf),
    friendlyName: name,
    password: key.pkcs12Password,
  });
  return { ...issued, pkcs12 };
}

function derOf(pem: string): ArrayBuffer {
  return new Uint8Array(new X509Certificate(pem).raw).buffer;
}

/** Follows from the certificate and our key: who merely knows the certificate cannot say it. */
function deviceTokenOf(key: Buffer, fingerprint: Buffer): string {
  return createHmac('sha256', key)
    .update('device of certificate')
    .update(fingerprint)
    .digest('base64url')
    .slice(0, 22);
}
