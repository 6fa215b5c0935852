import { type Failure, keptFailure } from '../../platform/errors.ts';
import {
  builtinProviderId,
  type ListedModel,
  type ModelDetails,
  type ProviderTraffic,
  type RunningModel,
} from '../../platform/models/index.ts';
import type { ProviderRow, PullRow } from './models.queries.ts';
import type { Model, ModelDetailsView, Provider, Pull, RunningModelView } from './models.schemas.ts';

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
  max_concurrent: null,
  traffic: {
    running: 0,
    waiting: 0,
    max_running: 0,
    breaker: { state: 'closed', consecutive_failures: 0, retry_at: null },
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

function healthFailure(row: ProviderRow) {
  const { health_code: code, health_detail: detail } = row;
  if (code === null) return { code, detail };
  return keptFailure(code, detail ?? '', { reason: row.health_reason, params: row.health_params });
}

/** What may be shown of a provider: never the key, only whether there is one. */
export function toProvider(row: ProviderRow, traffic: ProviderTraffic): Provider {
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
      ...healthFailure(row),
      version: row.health_version,
      checked_at: row.health_checked_at?.toISOString() ?? null,
    },
    max_concurrent: row.max_concurrent,
    traffic: toTraffic(traffic),
  };
}

function toTraffic({ running, waiting, maxRunning, breaker }: ProviderTraffic): Provider['traffic'] {
  const { state, consecutiveFailures, retryAt } = breaker;
  return {
    running,
    waiting,
    max_running: maxRunning,
    breaker: {
      state,
      consecutive_failures: consecutiveFailures,
      retry_at: retryAt?.toISOString() ?? null,
    },
  };
}

export function toDetails(details: ModelDetails): ModelDetailsView {
  return {
    model: details.model,
    capabilities: details.capabilities,
    context_length: details.contextLength,
    family: details.family,
    parameter_size: details.parameterSize,
    quantization: details.quantization,
    license: details.license,
  };
}

export function toRunningModel(model: RunningModel): RunningModelView {
  return {
    model: model.model,
    size_bytes: model.sizeBytes,
    vram_bytes: model.vramBytes,
    expires_at: model.expiresAt,
    context_tokens: model.contextTokens,
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

function pullFailure({ error_code: code, error_detail: detail, ...row }: PullRow): Failure | null {
  if (code === null) return null;
  return keptFailure(code, detail ?? '', { reason: row.error_reason, params: row.error_params });
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
    error: pullFailure(row),
    created_at: row.created_at.toISOString(),
  };
}
