import type { ModelList, Page, Provider, Pull, Slot, SlotName } from '@aiwfe/api-client';
import { api, Resource, session } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

type Items<Item> = Pick<Page<Item>, 'items'>;

/** What the models page shows and does; changing needs the role of an administrator. */
export class ModelsState {
  readonly providers = new Resource(() => api.get<Items<Provider>>('/models/providers'));
  readonly models = new Resource(() => api.get<ModelList>('/models'));
  readonly slots = new Resource(() => api.get<Items<Slot>>('/models/slots'));
  readonly pulls = new Resource(() => api.get<Items<Pull>>('/models/pulls'));
  readonly canChange = $derived(session.user !== null && session.user.role !== 'user');

  /** Reads everything and keeps it fresh; answers how to stop that. */
  follow(): () => void {
    const stops = [this.providers, this.models, this.slots, this.pulls].map((each) => each.follow());
    stops.push(
      userFeed.subscribe('provider', () => void this.reload()),
      userFeed.subscribe('pull', () => void this.pulls.load()),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }

  async reload(): Promise<void> {
    await Promise.all([this.providers.load(), this.models.load(), this.slots.load()]);
  }

  async test(provider: Provider): Promise<void> {
    await api.post(`/models/providers/${provider.id}/test`);
    await this.reload();
  }

  async remove(provider: Provider): Promise<void> {
    await api.delete(`/models/providers/${provider.id}`);
    await this.reload();
  }

  /** Assigns a model to a slot, or with null lets the server choose. */
  async assign(slot: SlotName, choice: { provider_id: string; model: string } | null): Promise<void> {
    await api.put<Slot>(`/models/slots/${slot}`, choice ?? { provider_id: null, model: null });
    await this.slots.load();
  }

  async pull(provider: Provider, model: string): Promise<void> {
    await api.post<Pull>(`/models/providers/${provider.id}/pull`, { model });
    await this.pulls.load();
  }

  async cancelPull(pull: Pull): Promise<void> {
    await api.delete(`/models/pulls/${pull.id}`);
    await this.pulls.load();
  }
}
