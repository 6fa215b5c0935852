import { defineError } from '../../platform/errors.ts';

export const CertificateNotFound = defineError(
  'certificates.not_found',
  404,
  'Certificate not found',
  'There is no such certificate among yours.',
);
export const CertificatesOff = defineError(
  'certificates.not_set_up',
  409,
  'No certificate authority',
  'This server has no certificate authority yet. Whoever runs it should run: npx aiwfe certs init',
);
export const UnusableSigningRequest = defineError(
  'certificates.unusable_request',
  422,
  'Signing request cannot be used',
);
export const TooManyCertificates = defineError(
  'certificates.too_many',
  409,
  'Too many certificates',
  'There are 20 certificates for this account. Revoke those of devices that are gone.',
);
export const CertificateRequired = defineError(
  'native.certificate_required',
  403,
  'Certificate needed',
  'This port is for devices with a certificate, and this device showed none. See /request-access.',
);
export const CertificateRefused = defineError(
  'native.certificate_refused',
  403,
  'Certificate not accepted',
  'The certificate of this device is not known here, was revoked, or has expired. See /request-access.',
);
export const WrongPort = defineError(
  'native.wrong_port',
  421,
  'Not at this port',
  'This is answered only at the port that asks for certificates.',
);
