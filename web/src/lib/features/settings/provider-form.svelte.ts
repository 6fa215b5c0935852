import type { Provider } from '@aiwfe/api-client';
import { ApiProblem, api } from '#lib/api/index.ts';

export type ConnectableKind = 'ollama' | 'openai';

const suggestions: Record<ConnectableKind, { name: string; baseUrl: string }> = {
  ollama: { name: 'Ollama', baseUrl: 'http://127.0.0.1:11434' },
  openai: { name: 'OpenAI-compatible', baseUrl: 'https://api.openai.com/v1' },
};

/** The fields of a provider while they are edited. The server checks the address when it is saved. */
export class ProviderForm {
  kind = $state<ConnectableKind>('ollama');
  name = $state(suggestions.ollama.name);
  baseUrl = $state(suggestions.ollama.baseUrl);
  apiKey = $state('');
  allowLocal = $state(false);
  enabled = $state(true);
  /** Empty: the default of the kind. */
  maxConcurrent = $state('');
  saving = $state(false);
  failure = $state.raw<unknown>(null);
  readonly provider: Provider | null;

  constructor(provider: Provider | null) {
    this.provider = provider;
    if (!provider) return;
    this.kind = provider.kind === 'ollama' ? 'ollama' : 'openai';
    this.name = provider.name;
    this.baseUrl = provider.base_url ?? '';
    this.allowLocal = provider.allow_local;
    this.enabled = provider.enabled;
    this.maxConcurrent = provider.max_concurrent === null ? '' : String(provider.max_concurrent);
  }

  /** True when the server refused the address for being local; the form then explains the switch. */
  get addressRefused(): boolean {
    return this.failure instanceof ApiProblem && this.failure.code === 'models.address_not_allowed';
  }

  /** Changes the kind and with it suggestions that were left as they were. */
  chooseKind(kind: ConnectableKind): void {
    const before = suggestions[this.kind];
    if (this.name === before.name) this.name = suggestions[kind].name;
    if (this.baseUrl === before.baseUrl) this.baseUrl = suggestions[kind].baseUrl;
    this.kind = kind;
  }

  /** Stores the provider and has the server try it; answers whether it was stored. */
  async save(): Promise<boolean> {
    this.saving = true;
    this.failure = null;
    try {
      const saved = await this.#store();
      await api.post<Provider>(`/models/providers/${saved.id}/test`);
      return true;
    } catch (error) {
      this.failure = error;
      return false;
    } finally {
      this.saving = false;
    }
  }

  async #store(): Promise<Provider> {
    const fields = {
      name: this.name.trim(),
      base_url: this.baseUrl.trim(),
      allow_local: this.allowLocal,
      max_concurrent: this.maxConcurrent === '' ? null : Number(this.maxConcurrent),
      ...(this.apiKey ? { api_key: this.apiKey } : {}),
    };
    if (!this.provider) return await api.post('/models/providers', { kind: this.kind, ...fields });
    return await api.patch(`/models/providers/${this.provider.id}`, { ...fields, enabled: this.enabled });
  }
}
