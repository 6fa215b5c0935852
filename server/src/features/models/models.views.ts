import { builtinProviderId, type ListedModel, type SlotName } from '../../platform/models/index.ts';
import type { AssignmentRow, ProviderRow, PullRow } from './models.queries.ts';
import type { Model, Provider, Pull, Slot } from './models.schemas.ts';

/** The built-in engine as the provider that is always there. */
export const builtinProvider: Provider = {
  id: builtinProviderId,
  kind: 'builtin',
  name: 'Built-in engine',
  base_url: null,
  allow_local: false,
  has_api_key: false,
  enabled: true,
  health: {
    state: 'ok',
    code: null,
    detail: 'Quotes your documents; writes no text of its own.',
    version: null,
    checked_at: null,
  },
};

export const builtinModel: Model = {
  provider_id: builtinProviderId,
  provider_name: builtinProvider.name,
  provider_kind: 'builtin',
  model: 'extractive',
  size_bytes: null,
  context_length: null,
  capabilities: ['chat'],
  loaded: true,
};

/** What may be shown of a provider: never the key, only whether there is one. */
export function toProvider(row: ProviderRow): Provider {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    base_url: row.base_url,
    allow_local: row.allow_local,
    has_api_key: row.api_key_sealed !== null,
    enabled: row.enabled,
    health: {
      state: row.health_state,
      code: row.health_code,
      detail: row.health_detail,
      version: row.health_version,
      checked_at: row.health_checked_at?.toISOString() ?? null,
    },
  };
}

export function toModel(model: ListedModel): Model {
  return {
    provider_id: model.providerId,
    provider_name: model.providerName,
    provider_kind: model.providerKind,
    model: model.model,
    size_bytes: model.sizeBytes,
    context_length: model.contextLength,
    capabilities: model.capabilities,
    loaded: model.loaded,
  };
}

export function toPull(row: PullRow): Pull {
  return {
    id: row.id,
    provider_id: row.provider_id,
    model: row.model,
    status: row.status,
    completed_bytes: row.completed_bytes,
    total_bytes: row.total_bytes,
    detail: row.detail,
    error: row.error_code === null ? null : { code: row.error_code, detail: row.error_detail ?? '' },
    created_at: row.created_at.toISOString(),
  };
}

/** One slot: what is assigned, what does the job in effect, and why. */
export function toSlot(slot: SlotName, assignments: AssignmentRow[], providers: ProviderRow[]): Slot {
  const own = assignments.find((row) => row.slot === slot);
  const inherited = slot === 'title' ? assignments.find((row) => row.slot === 'chat') : undefined;
  const row = own?.provider_id ? own : inherited;
  const provider = providers.find((one) => one.id === row?.provider_id);
  const assignment =
    own?.provider_id && own.model ? { provider_id: own.provider_id, model: own.model } : null;
  if (!provider || row?.model == null) {
    const note = own?.note ?? null;
    return { slot, assignment, effective: builtinFor(slot), reason: note ?? whatToDo(slot, providers) };
  }
  const { model } = row;
  return {
    slot,
    assignment,
    effective: {
      provider_id: provider.id,
      provider_kind: provider.kind,
      model,
      label: `${model} · ${provider.name}`,
    },
    reason: reasonOf(provider, assignment !== null),
  };
}

function builtinFor(slot: SlotName): Slot['effective'] {
  const embedding = slot === 'embedding';
  return {
    provider_id: builtinProviderId,
    provider_kind: 'builtin',
    model: embedding ? 'none' : 'extractive',
    label: embedding ? 'No embedding model' : 'Built-in engine (extractive, no model connected)',
  };
}

function reasonOf(provider: ProviderRow, own: boolean): string {
  if (!provider.enabled) return `${provider.name} is switched off. Switch it on or choose another model.`;
  return own ? 'Chosen by an administrator.' : 'Uses the chat model.';
}

function whatToDo(slot: SlotName, providers: ProviderRow[]): string {
  const connect =
    providers.length === 0
      ? 'No model server is connected: add one in the model settings.'
      : `Choose one of the models of ${providers.map((provider) => provider.name).join(' or ')} in the model settings.`;
  if (slot === 'embedding')
    return `Search works by words only until an embedding model is chosen. ${connect}`;
  if (slot === 'title') return 'Titles are made from the first question until a chat model is chosen.';
  return `Answers are quotations from documents until a chat model is chosen. ${connect}`;
}
