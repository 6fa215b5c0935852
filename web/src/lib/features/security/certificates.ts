import type { Certificate } from '@aiwfe/api-client';

/** `file`: the server makes the key and hands over a protected file; `request`: the device made its key itself. */
export type CertificateWay = 'file' | 'request';

export interface IssuedFiles {
  certificate: Certificate;
  pem: string;
  /** Base64; only where the server made the key. */
  pkcs12: string | null;
}

interface Wish {
  name: string;
  way: CertificateWay;
  password: string;
  request: string;
}

/** What the server is asked for: one of the two ways. */
export function requestBody({ name, way, password, request }: Wish) {
  return way === 'file'
    ? { name: name.trim(), pkcs12_password: password }
    : { name: name.trim(), signing_request: request.trim() };
}

/** The file that the device takes in, as an address to download. */
export function fileOf({ pem, pkcs12, certificate }: IssuedFiles): { href: string; name: string } {
  const name = certificate.name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'certificate';
  return pkcs12 === null
    ? { href: `data:application/x-pem-file;charset=utf-8,${encodeURIComponent(pem)}`, name: `${name}.pem` }
    : { href: `data:application/x-pkcs12;base64,${pkcs12}`, name: `${name}.p12` };
}
