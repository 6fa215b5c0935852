export { invitationsPersonalData } from './invitations.personal.ts';
export { invitationRoutes } from './invitations.routes.ts';
export {
  createInvitationsService,
  type InvitationsService,
} from './invitations.service.ts';
