import type { WebSearchProviderKind, WebSearchSettings, WebSearchTest } from '@aiwfe/api-client';
import { ApiProblem, api } from '#lib/api/index.ts';

const url = '/admin/web-search';
const kinds: WebSearchProviderKind[] = ['searxng', 'brave', 'tavily', 'serpapi'];

/** A provider while it is edited. Its key goes in and never comes out. */
export class ProviderFields {
  readonly kind: WebSearchProviderKind;
  enabled = $state(true);
  baseUrl = $state('');
  allowLocal = $state(false);
  apiKey = $state('');
  hasApiKey = $state(false);
  perHour = $state(500);
  test = $state.raw<WebSearchTest | null>(null);

  constructor(kind: WebSearchProviderKind, stored?: WebSearchSettings['providers'][number]) {
    this.kind = kind;
    if (!stored) return;
    this.enabled = stored.enabled;
    this.baseUrl = stored.base_url;
    this.allowLocal = stored.allow_local;
    this.hasApiKey = stored.has_api_key;
    this.perHour = stored.searches_per_hour;
  }

  get body() {
    return {
      kind: this.kind,
      enabled: this.enabled,
      ...(this.baseUrl.trim() ? { base_url: this.baseUrl.trim() } : {}),
      allow_local: this.allowLocal,
      searches_per_hour: this.perHour,
      ...(this.apiKey ? { api_key: this.apiKey } : {}),
    };
  }
}

/** The whole configuration of web search while it is edited. */
export class WebSearchForm {
  enabled = $state(false);
  safe = $state(true);
  perPerson = $state(60);
  providers = $state<ProviderFields[]>([]);
  saving = $state(false);
  failure = $state.raw<unknown>(null);
  readonly addable = $derived(kinds.filter((kind) => !this.providers.some((each) => each.kind === kind)));
  #version = 0;

  constructor(settings: WebSearchSettings) {
    this.#take(settings);
  }

  #take(settings: WebSearchSettings): void {
    this.enabled = settings.enabled;
    this.safe = settings.safe;
    this.perPerson = settings.searches_per_person;
    this.providers = settings.providers.map((stored) => new ProviderFields(stored.kind, stored));
    this.#version = settings.version;
  }

  add(kind: WebSearchProviderKind): void {
    this.providers = [...this.providers, new ProviderFields(kind)];
  }

  remove(provider: ProviderFields): void {
    this.providers = this.providers.filter((each) => each !== provider);
  }

  /** Asks a provider one place earlier. */
  raise(provider: ProviderFields): void {
    const index = this.providers.indexOf(provider);
    if (index <= 0) return;
    this.providers = this.providers
      .with(index, this.providers[index - 1] ?? provider)
      .with(index - 1, provider);
  }

  problemOf(provider: ProviderFields, field: 'base_url' | 'api_key'): string | undefined {
    const index = this.providers.indexOf(provider);
    return this.failure instanceof ApiProblem
      ? this.failure.fieldError(`providers.${index}.${field}`)
      : undefined;
  }

  /** True when what went wrong is said beside a field. */
  get isShownAtField(): boolean {
    return this.providers.some((each) => this.problemOf(each, 'base_url') ?? this.problemOf(each, 'api_key'));
  }

  /** Stores everything; answers whether it was stored. */
  async save(): Promise<boolean> {
    this.saving = true;
    this.failure = null;
    try {
      const body = {
        enabled: this.enabled,
        safe: this.safe,
        searches_per_person: this.perPerson,
        providers: this.providers.map((provider) => provider.body),
      };
      const headers = { 'if-match': `"${this.#version}"` };
      this.#take(await api.put<WebSearchSettings>(url, body, { headers }));
      return true;
    } catch (error) {
      this.failure = error;
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** Stores everything and has the server ask the provider. */
  async test({ kind }: ProviderFields): Promise<void> {
    if (!(await this.save())) return;
    try {
      const result = await api.post<WebSearchTest>(`${url}/test`, { kind });
      const tested = this.providers.find((each) => each.kind === kind);
      if (tested) tested.test = result;
    } catch (error) {
      this.failure = error;
    }
  }
}
