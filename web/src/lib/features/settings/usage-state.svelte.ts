import type { AdminModelUsage, ModelQuota, OwnModelUsage, Role } from '@aiwfe/api-client';
import { api, Resource, session } from '#lib/api/index.ts';

/** Whose limit it is. */
export type QuotaOwner = { role: Role } | { userId: string };

export interface QuotaLimits {
  tokens_per_day: number | null;
  tokens_per_month: number | null;
}

const pathOf = (owner: QuotaOwner) =>
  `/admin/models/quotas/${'role' in owner ? `roles/${owner.role}` : `people/${owner.userId}`}`;

/** What models were used for; administrators see everybody's use and set limits. */
export class UsageState {
  readonly own = new Resource(() => api.get<OwnModelUsage>('/models/usage?days=30'));
  readonly all = new Resource(() => api.get<{ items: AdminModelUsage[] }>('/admin/models/usage?days=30'));
  readonly quotas = new Resource(() => api.get<{ items: ModelQuota[] }>('/admin/models/quotas'));
  readonly isAdmin = $derived(session.user !== null && session.user.role !== 'user');

  follow(): () => void {
    const shown = this.isAdmin ? [this.own, this.all, this.quotas] : [this.own];
    const stops = shown.map((each) => each.follow());
    return () => {
      for (const stop of stops) stop();
    };
  }

  async setQuota(owner: QuotaOwner, limits: QuotaLimits): Promise<void> {
    await api.put(pathOf(owner), limits);
    await Promise.all([this.quotas.load(), this.own.load()]);
  }

  async removeQuota(owner: QuotaOwner): Promise<void> {
    await api.delete(pathOf(owner));
    await Promise.all([this.quotas.load(), this.own.load()]);
  }
}
