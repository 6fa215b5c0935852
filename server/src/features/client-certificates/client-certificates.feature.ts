import type { Feature } from '../../platform/feature.ts';
import type { Platform } from '../../platform/platform.ts';
import type { AccountsService } from '../accounts/index.ts';
import type { AuditTrail } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import type { Sessions } from '../sessions/index.ts';
import type { SignInService } from '../sign-in/index.ts';
import { certificatesPersonalData } from './certificates.personal.ts';
import { certificateAdministrationRoutes, certificateRoutes } from './certificates.routes.ts';
import { type CertificatesService, createCertificatesService } from './certificates.service.ts';
import { attachNativePages, nativeRoutes } from './native.routes.ts';
import { createNativePort } from './native-port.ts';
import { createNativeSignIn } from './native-sign-in.ts';

export interface ClientCertificatesOptions {
  platform: Platform;
  accounts: AccountsService;
  audit: AuditTrail;
  notices: SecurityNotices;
  policies: PoliciesService;
  sessions: Sessions;
  signIn: SignInService;
  settings: { folder: string; host: string; port: number; secure: boolean };
  /** Where people reach the workspace; known once it listens. */
  address: () => string | undefined;
}

export interface ClientCertificates {
  feature: Feature;
  service: CertificatesService;
  /** The port that asks for certificates, while it is open. */
  nativePort: () => number | undefined;
}

/** Certificates of devices: their enrolment and revocation, and the TLS port that asks for them. */
export function createClientCertificates(options: ClientCertificatesOptions): ClientCertificates {
  const { platform, audit, notices, policies, settings, address } = options;
  const { db, keys, log, clock } = platform;
  const { service: sessions, delivery, cookies } = options.sessions;
  const { folder, secure } = settings;
  const certificates = createCertificatesService({
    accounts: options.accounts,
    db,
    keys,
    audit,
    notices,
    policies,
    sessions,
    folder,
    clock,
  });
  const port = createNativePort({ ...settings, log });
  const { accounts, signIn } = options;
  const nativeSignIn = createNativeSignIn({
    db,
    certificates,
    port,
    accounts,
    signIn,
    sessions,
    delivery,
    cookies,
  });
  const native = { certificates, port, signIn: nativeSignIn, address };
  let openPort: number | undefined;
  const nativePort = (): number | undefined => openPort;
  return {
    service: certificates,
    nativePort,
    feature: {
      personal: [certificatesPersonalData(db)],
      routes: [
        ...certificateRoutes({ certificates, nativePort, clock }),
        ...certificateAdministrationRoutes({ certificates, nativePort, clock }),
        ...nativeRoutes(native),
      ],
      attach: (app) => attachNativePages(app, { ...native, secure }),
      async listen(app) {
        openPort = await port.listen(app);
        if (openPort !== undefined) log.info({ port: openPort }, 'listening for devices with certificates');
      },
      stop: () => port.close(),
    },
  };
}
