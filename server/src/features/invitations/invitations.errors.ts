import { defineError } from '../../platform/errors.ts';

export const InvitationNotFound = defineError(
  'invitations.not_found',
  404,
  'Invitation not found',
  'There is no such open invitation.',
);
export const InvitationExists = defineError(
  'invitations.exists',
  409,
  'Invited already',
  'There is an open invitation for this address. Send that one again, or revoke it first.',
);
