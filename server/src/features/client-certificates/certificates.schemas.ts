import { type Static, Type } from 'typebox';
import type { CertificateRow } from './certificates.queries.ts';

const Time = Type.String({ format: 'date-time' });

export const Certificate = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  serial: Type.String({ description: 'Hexadecimal, as revocation lists name it.' }),
  fingerprint: Type.String({ description: 'SHA-256 of the certificate, hexadecimal.' }),
  state: Type.Union([Type.Literal('good'), Type.Literal('expired'), Type.Literal('revoked')]),
  created_at: Time,
  expires_at: Time,
  last_used_at: Type.Union([Time, Type.Null()]),
  revoked_at: Type.Union([Time, Type.Null()]),
  device_id: Type.Union([Type.String({ format: 'uuid' }), Type.Null()]),
});

export const IssuedCertificateAnswer = Type.Object({
  certificate: Certificate,
  pem: Type.String({ description: 'The certificate.' }),
  pkcs12: Type.Union([
    Type.String({ description: 'Protected file with key and certificate, base64.' }),
    Type.Null(),
  ]),
});

const name = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'Of the device, such as "Ann’s laptop".',
});

/** One of two ways: the device made its key and asks for a certificate, or it gets both in a protected file. */
export const EnrolmentBody = Type.Object(
  {
    name,
    signing_request: Type.Optional(
      Type.String({ minLength: 1, maxLength: 20_000, description: 'PKCS #10, PEM (RFC 2986).' }),
    ),
    pkcs12_password: Type.Optional(
      Type.String({
        minLength: 8,
        maxLength: 200,
        description: 'Protects the file with the key the server makes.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** A certificate as the wire shows it. */
export function toCertificate(row: CertificateRow, now: Date): Static<typeof Certificate> {
  const state = row.revoked_at !== null ? 'revoked' : row.not_after < now ? 'expired' : 'good';
  return {
    id: row.id,
    name: row.name,
    serial: row.serial,
    fingerprint: row.fingerprint.toString('hex'),
    state,
    created_at: row.created_at.toISOString(),
    expires_at: row.not_after.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    device_id: row.device_id,
  };
}
