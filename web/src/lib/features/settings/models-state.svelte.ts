import type {
  ModelChoice,
  ModelList,
  Page,
  Provider,
  Pull,
  RunningModel,
  Slot,
  SlotName,
  SlotOptions,
} from '@aiwfe/api-client';
import { api, Resource, session } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

/** How busy providers are is not announced; it is read again while somebody looks. */
const trafficEveryMs = 5_000;

type Items<Item> = Pick<Page<Item>, 'items'>;

/** For whom slots are shown and changed. */
export type SlotPlace = 'me' | 'system' | 'role_user' | 'role_admin' | 'role_superuser';

const roleOf = (place: SlotPlace) => place.slice('role_'.length);

function queryOf(place: SlotPlace): string {
  if (place === 'system') return '';
  return place === 'me' ? '?for=me' : `?for=role&role=${roleOf(place)}`;
}

function pathOf(place: SlotPlace, slot: SlotName): string {
  if (place === 'system') return `/models/slots/${slot}`;
  return place === 'me' ? `/models/slots/${slot}/me` : `/models/slots/${slot}/roles/${roleOf(place)}`;
}

/** What is stored for a slot at one level. */
export interface SlotSettings {
  model: ModelChoice | null;
  fallbacks: ModelChoice[];
  options: SlotOptions;
  locked: boolean;
}

/** What the models page shows and does; changing needs the role of an administrator. */
export class ModelsState {
  readonly providers = new Resource(() => api.get<Items<Provider>>('/models/providers'));
  readonly models = new Resource(() => api.get<ModelList>('/models'));
  readonly slots = new Resource(() => api.get<Items<Slot>>(`/models/slots${queryOf(this.place)}`));
  readonly pulls = new Resource(() => api.get<Items<Pull>>('/models/pulls'));
  /** Administrators set up for everybody first; others for themselves. */
  place = $state<SlotPlace>(session.user !== null && session.user.role !== 'user' ? 'system' : 'me');
  readonly canChange = $derived(session.user !== null && session.user.role !== 'user');

  /** Reads everything and keeps it fresh; answers how to stop that. */
  follow(): () => void {
    const stops = [this.providers, this.models, this.slots, this.pulls].map((each) => each.follow());
    stops.push(
      userFeed.subscribe('provider', () => void this.reload()),
      userFeed.subscribe('pull', () => void this.pulls.load()),
    );
    const traffic = setInterval(() => {
      if (!document.hidden && !this.providers.loading) void this.providers.load();
    }, trafficEveryMs);
    return () => {
      clearInterval(traffic);
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

  async show(place: SlotPlace): Promise<void> {
    this.place = place;
    await this.slots.load();
  }

  /** Stores what a slot has at the level shown; nothing at all means that it inherits everything. */
  async saveSlot(slot: SlotName, { model, fallbacks, options, locked }: SlotSettings): Promise<void> {
    const chosen = model ? { ...model, fallbacks } : { provider_id: null, model: null };
    await api.put<Slot>(pathOf(this.place, slot), { ...chosen, options, ...(locked ? { locked } : {}) });
    await this.slots.load();
  }

  async running(provider: Provider): Promise<RunningModel[]> {
    return (await api.get<Items<RunningModel>>(`/models/providers/${provider.id}/running`)).items;
  }

  /** Loads a model for a while, or with `0` takes it out of memory. */
  async keepAlive(provider: Provider, model: string, keepAlive: string): Promise<void> {
    await api.post(`/models/providers/${provider.id}/keep-alive`, { model, keep_alive: keepAlive });
    await this.models.load();
  }

  async deleteModel(provider: Provider, model: string): Promise<void> {
    await api.delete(`/models/providers/${provider.id}/model?model=${encodeURIComponent(model)}`);
    await this.reload();
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
