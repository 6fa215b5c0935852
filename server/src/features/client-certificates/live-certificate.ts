import type { X509Certificate } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { CertificateRefused, CertificateRequired, WrongPort } from './certificates.errors.ts';
import type { CertificatesService } from './certificates.service.ts';
import type { NativePort } from './native-port.ts';

export interface LiveCertificate {
  id: string;
  userId: string;
  notAfter: Date;
  certificate: X509Certificate;
}

/** The certificate that a request's connection showed, if it is live. Throws `native.*`. */
export async function requireCertificate(
  { certificates, port }: { certificates: CertificatesService; port: NativePort },
  request: FastifyRequest,
): Promise<LiveCertificate> {
  const shown = port.shownBy(request);
  if (!shown) throw WrongPort.with();
  if ('problem' in shown) throw (shown.problem === 'none' ? CertificateRequired : CertificateRefused).with();
  const found = await certificates.find(shown.certificate);
  if (!found) throw CertificateRefused.with();
  return { id: found.id, userId: found.user_id, notAfter: found.not_after, certificate: shown.certificate };
}
