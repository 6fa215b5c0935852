import type { MailSummary, OutboxMail, Page } from '@aiwfe/api-client';
import { api, PagedResource, Resource } from '#lib/api/index.ts';

/** How mail leaves the server, and the mails of the last days. The verbs throw what their request throws. */
export class MailState {
  status = $state('');
  readonly summary = new Resource(() => api.get<MailSummary>('/admin/mail'));
  readonly outbox = new PagedResource((cursor) =>
    api.get<Page<OutboxMail>>('/admin/outbox', { query: { status: this.status, cursor, limit: 50 } }),
  );

  follow(): () => void {
    const stops = [this.summary.follow(), this.outbox.follow()];
    return () => {
      for (const stop of stops) stop();
    };
  }

  async reload(): Promise<void> {
    await Promise.all([this.summary.load(), this.outbox.load()]);
  }

  async sendTest(to: string): Promise<void> {
    await api.post('/admin/mail/test', { to });
    await this.reload();
  }

  async retry(mail: OutboxMail): Promise<void> {
    await api.post(`/admin/outbox/${mail.id}/retry`);
    await this.reload();
  }
}
