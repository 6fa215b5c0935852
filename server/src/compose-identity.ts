import type { Config } from './config.ts';
import { createRecoveryFeature, expelEarlierHolder } from './features/account-recovery/index.ts';
import {
  accountPersonalData,
  createAccountsService,
  createBreachedPasswords,
  createPasswordHasher,
  type PasswordCost,
} from './features/accounts/index.ts';
import { createAdministrationFeature } from './features/administration/index.ts';
import { createAnomaliesFeature, createRiskAssessor } from './features/anomalies/index.ts';
import { createApiKeyStates, createApiKeysFeature, deleteApiKeysOf } from './features/api-keys/index.ts';
import { createAuditFeature, createAuditTrail, retiredAuditKeyColumn } from './features/audit/index.ts';
import { createChallenges } from './features/challenges/index.ts';
import {
  countLiveCertificates,
  createClientCertificates,
  type KeyChoice,
  revokeCertificatesOf,
} from './features/client-certificates/index.ts';
import { createDevicesFeature } from './features/devices/index.ts';
import { acceptedTypes } from './features/documents/index.ts';
import {
  createInvitationsService,
  invitationRoutes,
  invitationsPersonalData,
} from './features/invitations/index.ts';
import { createLegacySignIns, legacyAuthRoutes } from './features/legacy-auth/index.ts';
import { createMailFeature, createPublicLinks } from './features/mail/index.ts';
import { createNotices, type NoticeSender } from './features/notices/index.ts';
import { createNotificationsFeature } from './features/notifications/index.ts';
import { createOauthFeature, deleteIdentitiesOf, listIdentities } from './features/oauth/index.ts';
import { createPasskeysFeature, resetFactors as resetPasskeys } from './features/passkeys/index.ts';
import { createPolicies, type PoliciesService, policiesPersonalData } from './features/policies/index.ts';
import { createDeletionsService } from './features/privacy/index.ts';
import { createProfileService, profilePersonalData, profileRoutes } from './features/profile/index.ts';
import { createPendingRegistrations, createRegistrationFeature } from './features/registration/index.ts';
import {
  createLegacyTokenReader,
  createSessions,
  labelOfUserAgent,
  type Sessions,
} from './features/sessions/index.ts';
import { createSetupService, type PublicFacts, setupRoutes } from './features/setup/index.ts';
import {
  createSignInFeature,
  type RiskAssessor,
  type SecondFactorVerifier,
} from './features/sign-in/index.ts';
import {
  countUnusedBackupCodes,
  createTwoFactorFeature,
  resetFactors as resetCodeFactors,
} from './features/two-factor/index.ts';
import type { Database } from './platform/database/database.ts';
import type { Feature } from './platform/feature.ts';
import type { Role } from './platform/http/route.ts';
import { createMailTransport } from './platform/mail/index.ts';
import type { OutboundDoor } from './platform/outbound-http/index.ts';
import type { Platform } from './platform/platform.ts';
import { version } from './version.ts';

/** What whoever runs the server may do from the command line, without signing in. */
export interface Operator {
  /** Creates an active account. Throws the accounts feature's problems (`accounts.email_taken`, weak password …). */
  createUser(input: {
    email: string;
    role: Role;
    displayName: string;
    password: string;
  }): Promise<{ id: string; email: string }>;
  /** The code for creating the first account, `undefined` once there is one. */
  pendingSetupCode(): Promise<string | undefined>;
  /** Makes a certificate for a device of a person, as a protected file. Throws `accounts.not_found`, `certificates.*`. */
  issueCertificate(input: { email: string; name: string; key: KeyChoice }): Promise<Buffer>;
}

/** Each removes one kind of credential beside the password. */
const credentialRemovers = [
  resetCodeFactors,
  resetPasskeys,
  deleteApiKeysOf,
  deleteIdentitiesOf,
  revokeCertificatesOf,
];

/** What tests put in the place of mail, of the assessment of sign-ins, and of single second factors. */
export interface IdentityStandIns {
  noticeSender?: NoticeSender;
  risk?: RiskAssessor;
  secondFactors?: SecondFactorVerifier[];
  /** Tests that are not about it hash for less. */
  passwordCost?: PasswordCost;
}

/** Deadlines that tests set longer: how busy their machine is must not decide. Each has its default where it is used. */
export interface Deadlines {
  /** For a connection to the database. */
  connectMs?: number;
  /** Median delay of the event loop from which on requests are refused. */
  loopDelayMs?: number;
  /** For an attempt to sign in until its turn comes. */
  attemptWaitMs?: number;
  /** For a refresh token that was used, until using it again counts as theft. */
  refreshGraceSeconds?: number;
}

/** Accounts, sign-in, sessions, profile, set-up, and the guard of all routes. */
export function composeIdentity(
  config: Config,
  platform: Platform,
  door: OutboundDoor,
  standIns: IdentityStandIns = {},
  deadlines: Deadlines = {},
) {
  const { db, bus, keys, log, clock } = platform;
  const { http, identity } = config;
  const audit = createAuditTrail({ db, keys, log });
  const hasher = createPasswordHasher(standIns.passwordCost);
  const { breachedPasswordsUrl: rangeUrl } = config.identity;
  const accounts = createAccountsService({
    db,
    bus,
    audit,
    hasher,
    log,
    breached: rangeUrl === undefined ? undefined : createBreachedPasswords({ door, rangeUrl, log }),
  });
  const notices = createNotices();
  const links = createPublicLinks(http);
  const transport = createMailTransport({ ...config.mail, dataDir: config.dataDir });
  const mail = createMailFeature({ platform, audit, transport, links });
  notices.useSender(standIns.noticeSender ?? mail.notices);
  const notifications = createNotificationsFeature({
    platform,
    mail: mail.service,
    links,
    mailReachesPeople: () => transport.kind === 'smtp',
  });
  const { alertNotices } = notifications;
  const challenges = createChallenges({ db, log });
  const site = { secure: http.secure, publicUrl: http.publicUrl, cookieDomain: http.cookieDomain };
  const policies = createPolicies({
    db,
    bus,
    audit,
    defaults: { registration: identity.registration, max_sessions_per_user: identity.maxSessionsPerUser },
    now: () => clock().getTime(),
  });
  const legacy = composeLegacy(config, { db, audit, policies: policies.service });
  const apiKeys = createApiKeyStates({ db, bus, now: () => clock().getTime() });
  const sessions = createSessions({
    db,
    bus,
    keys,
    log,
    clock,
    accounts,
    audit,
    policies: policies.service,
    limits: { ...identity, refreshGraceSeconds: deadlines.refreshGraceSeconds },
    site,
    apiKeys,
    legacy,
  });
  const { service, delivery, cookies } = sessions;
  const risk = createRiskAssessor({
    ...platform,
    policies: policies.service,
    notices,
    alertNotices,
    now: () => clock().getTime(),
  });
  const registrations = createPendingRegistrations({ db, accounts });
  const signIn = createSignInFeature({
    db,
    poolSize: config.database.poolSize,
    attemptWaitMs: deadlines.attemptWaitMs,
    registrations,
    keys,
    log,
    accounts,
    audit,
    sessions,
    notices,
    policies: policies.service,
    challenges: challenges.store,
    risk: standIns.risk ?? risk,
  });
  const productName = 'AI Workflow Engine';
  const shared = { ...platform, accounts, audit, notices, secondFactors: signIn.secondFactors, productName };
  const twoFactor = createTwoFactorFeature({
    ...shared,
    hasher,
    sessions: service,
    policies: policies.service,
  });
  const passkeys = createPasskeysFeature({
    ...shared,
    sessions,
    challenges: challenges.store,
    changes: twoFactor.changes,
    signIn: signIn.service,
    throttle: signIn.throttle,
    publicUrl: http.publicUrl,
  });
  const certificates = createClientCertificates({
    platform,
    accounts,
    audit,
    notices,
    policies: policies.service,
    sessions,
    signIn: signIn.service,
    settings: { ...config.certificates, host: http.host, secure: http.secure },
    address: () => links.origin(),
  });
  const oauth = createOauthFeature({
    ...shared,
    door,
    sessions,
    policies: policies.service,
    challenges: challenges.store,
    signIn: signIn.service,
    throttle: signIn.throttle,
    publicUrl: http.publicUrl,
  });
  signIn.stepUp.useProviders(oauth.canReauthenticate);
  const entrances = composeEntrances({
    ...shared,
    sessions,
    mail: mail.service,
    links,
    throttle: signIn.throttle,
    policies: policies.service,
  });
  // Theirs is the last word: each replaces the real one of its method.
  for (const verifier of standIns.secondFactors ?? []) signIn.secondFactors.register(verifier);
  const devices = createDevicesFeature({
    ...shared,
    policies: policies.service,
    sessions: service,
    delivery,
  });
  const anomalies = createAnomaliesFeature({
    ...shared,
    alertNotices,
    devices: devices.service,
    sessions: service,
    methods: {
      otherMethods: (userId) => otherSignInMethods(db, userId),
      backupCodesLeft: (userId) => countUnusedBackupCodes(db, userId),
      mailReachesPeople: () => notices.reachesPeople(),
    },
  });
  const deletions = createDeletionsService({ ...shared, policies: policies.service });
  const setup = createSetupService({ db, keys, accounts, audit, throttle: signIn.throttle });
  const profiles = createProfileService({ db, bus });
  const facts: PublicFacts = {
    product: { name: productName, version },
    environment: config.environment,
    registration: async () => (await policies.service.current()).registration,
    lifetimes: identity,
    uploads: {
      max_file_bytes: config.documents.maxFileBytes,
      max_files_per_request: config.documents.maxFilesPerRequest,
      accepted: acceptedTypes(),
    },
    nativePort: certificates.nativePort,
    dataDirectory: config.dataDir,
  };
  const operator: Operator = {
    createUser: (input) => accounts.createUserByOperator(input),
    pendingSetupCode: async () => (await setup.ensureSetupCode())?.code,
    issueCertificate: async (input) =>
      (await certificates.service.enrolByOperator(input)).pkcs12 ?? Buffer.alloc(0),
  };
  const features: Feature[] = [
    mail,
    notifications,
    { routes: [], start: audit.start, stop: audit.stop, sealed: [retiredAuditKeyColumn] },
    policies.feature,
    createAuditFeature({
      ...platform,
      trail: audit,
      retentionDays: async () => (await policies.service.current()).audit_retention_days,
      labelOf: labelOfUserAgent,
    }),
    sessions.feature,
    challenges.feature,
    signIn.feature,
    twoFactor.feature,
    passkeys,
    devices.feature,
    anomalies,
    oauth.feature,
    certificates.feature,
    ...entrances.features,
    createAdministrationFeature({
      ...shared,
      sessions: service,
      labelOf: labelOfUserAgent,
      factorResets: [resetCodeFactors, resetPasskeys],
      sendFirstPasswordLink: entrances.passwords.sendFirstPasswordLink,
      wakeMail: mail.service.wake,
      deletions,
    }),
    { routes: setupRoutes({ setup, signIn: signIn.service, delivery, cookies, facts }) },
    { routes: legacy ? legacyAuthRoutes({ signIn: signIn.service, signIns: legacy.signIns }) : [] },
    createApiKeysFeature({ db, bus, log, audit, accounts, notices, states: apiKeys }),
    {
      routes: profileRoutes({ profiles, sessions: service }),
      personal: [accountPersonalData(db), profilePersonalData(db), policiesPersonalData(db)],
      stop: async () => profiles.close(),
    },
  ];
  return {
    guard: sessions.guard,
    features,
    operator,
    accounts,
    audit,
    links,
    notifications,
    site,
    challenges: challenges.store,
    states: sessions.states,
    privacy: {
      ...shared,
      deletions,
      sessions: service,
      credentials: credentialRemovers,
      proofLink: (id: string) => links.page(`/api/v1/privacy/deletion-proofs/${id}`),
      wakeMail: mail.service.wake,
      product: productName,
    },
    figures: {
      passwordWork: () => hasher.load,
      sessionsInMemory: () => sessions.states.size,
      audit: () => audit.tallies(),
    },
  };
}

/** Ways to an account, and back to it: registration, invitations, forgotten passwords. */
function composeEntrances(
  options: Omit<Parameters<typeof createRecoveryFeature>[0], 'sessions' | 'credentials'> & {
    sessions: Sessions;
    policies: PoliciesService;
  },
) {
  const { sessions, accounts, clock } = options;
  const credentials = credentialRemovers;
  const recovery = createRecoveryFeature({ ...options, sessions: sessions.service, credentials });
  const { passwords } = recovery;
  const invitations = createInvitationsService(options);
  const registration = createRegistrationFeature({
    ...options,
    invitations,
    passwords,
    bindingOf: sessions.delivery.bindingOf,
    announceEnded: sessions.service.announceEnded,
    expelEarlierHolder: (trx, userId) =>
      expelEarlierHolder({ accounts, sessions: sessions.service, credentials }, trx, userId),
  });
  const now = (): number => clock().getTime();
  return {
    passwords,
    features: [
      recovery,
      registration,
      { routes: invitationRoutes({ invitations, now }), personal: [invitationsPersonalData(options.db)] },
    ],
  };
}

/** Ways of older systems to sign in, where the settings turn them on. */
function composeLegacy(
  config: Config,
  options: Pick<Parameters<typeof createLegacySignIns>[0], 'db' | 'audit' | 'policies'>,
) {
  if (!config.legacyAuth) return undefined;
  const { jwtSecret, sunset } = config.legacyAuth;
  return {
    signIns: createLegacySignIns({ ...options, limits: config.identity, sunset }),
    tokenReader: jwtSecret ? createLegacyTokenReader(jwtSecret) : undefined,
  };
}

/** What somebody can sign in with beside password and passkeys: providers that are switched on, certificates. */
async function otherSignInMethods(db: Database, userId: string): Promise<string[]> {
  const [identities, certificates] = await Promise.all([
    listIdentities(db, userId),
    countLiveCertificates(db, userId),
  ]);
  const providers = identities.filter(({ usable }) => usable).map(({ provider_id: id }) => `oauth:${id}`);
  return certificates > 0 ? [...providers, 'certificate'] : providers;
}
