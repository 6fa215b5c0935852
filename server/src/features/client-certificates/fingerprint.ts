import { createHash, type X509Certificate } from 'node:crypto';

/** SHA-256 of a certificate's DER: what identifies it. */
export function fingerprintOf(certificate: X509Certificate): Buffer {
  return createHash('sha256').update(certificate.raw).digest();
}
