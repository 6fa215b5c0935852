import { defineError } from '../../platform/errors.ts';

export const ExportNotFound = defineError(
  'privacy.export_not_found',
  404,
  'Export not found',
  'There is no such export. Exports are removed after seven days; ask for a new one.',
);
export const ExportNotReady = defineError(
  'privacy.export_not_ready',
  409,
  'Export not ready',
  'This export is not ready to be downloaded.',
);
export const ExportFailed = defineError(
  'privacy.export_failed',
  500,
  'Export failed',
  'The export could not be made. Ask for it again; if it fails again, tell an administrator.',
);
export const WrongEmail = defineError(
  'privacy.wrong_email',
  422,
  'Another e-mail address',
  'This is not the e-mail address of your account. Type it to confirm that the account is to be deleted.',
);
export const LastSuperuser = defineError(
  'privacy.last_superuser',
  409,
  'Last superuser',
  'You are the last active superuser. Make somebody else a superuser first, otherwise nobody could administer everything.',
);
export const NoDeletion = defineError(
  'privacy.no_deletion',
  404,
  'No deletion scheduled',
  'No deletion of this account is scheduled.',
);
export const DeletionBegun = defineError(
  'privacy.deletion_begun',
  409,
  'Deletion has begun',
  'The deletion of this account has begun and cannot be taken back.',
);
export const ProofNotFound = defineError(
  'privacy.proof_not_found',
  404,
  'Proof not found',
  'There is no such proof. A deletion that is still under way has none yet; look again in a few minutes.',
);
export const UnknownPurpose = defineError(
  'privacy.unknown_purpose',
  404,
  'Unknown purpose',
  'There is nothing of this name to consent to.',
);
export const OutdatedConsentText = defineError(
  'privacy.outdated_text',
  409,
  'The text has changed',
  'The text that this answer is about has changed. Read it again and decide anew.',
);
