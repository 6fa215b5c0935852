export {
  inspectCertificates,
  readKeyedCertificate,
  writeFileWithMode,
  writeKeyedCertificate,
} from './certificate-files.ts';
export { countLiveCertificates, revokeCertificatesOf } from './certificates.queries.ts';
export type { CertificatesService, KeyChoice } from './certificates.service.ts';
export { createClientCertificates } from './client-certificates.feature.ts';

/** The making of certificates, whose libraries are loaded only where it is needed. */
export const loadAuthorityTools = () => import('./certificate-authority.ts');
