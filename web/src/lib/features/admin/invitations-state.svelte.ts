import type { Invitation, Page } from '@aiwfe/api-client';
import { api, PagedResource } from '#lib/api/index.ts';

/** The invitations, newest first. The verbs throw what their request throws. */
export class InvitationsState extends PagedResource<Invitation> {
  constructor() {
    super((cursor) => api.get<Page<Invitation>>('/admin/invitations', { query: { cursor, limit: 50 } }));
  }

  async invite(invitation: Pick<Invitation, 'email' | 'role' | 'message'>): Promise<void> {
    await api.post('/admin/invitations', invitation);
    await this.load();
  }

  async resend(invitation: Invitation): Promise<void> {
    await api.post(`/admin/invitations/${invitation.id}/resend`);
    await this.load();
  }

  async revoke(invitation: Invitation): Promise<void> {
    await api.delete(`/admin/invitations/${invitation.id}`);
    await this.load();
  }
}
