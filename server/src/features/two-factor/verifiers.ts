import type { SecondFactorVerifier } from '../sign-in/index.ts';
import type { BackupCodes } from './backup-codes.service.ts';
import type { TotpService } from './totp.service.ts';

/** How a sign-in asks this feature. */
export function createCodeVerifiers(services: {
  totp: TotpService;
  backupCodes: BackupCodes;
}): SecondFactorVerifier[] {
  const { totp, backupCodes } = services;
  return [
    {
      method: 'totp',
      verify: (userId, proof, context) => totp.verify(userId, proof.code ?? '', context.client),
    },
    {
      method: 'backup_code',
      verify: (userId, proof, context) => backupCodes.verify(userId, proof.code ?? '', context.client),
    },
  ];
}
