import type { AdminSignInProvider } from '@aiwfe/api-client';
import { ApiProblem, api } from '#lib/api/index.ts';
import { wasCalledOff } from './called-off.ts';

const path = '/admin/oauth-providers';
const usualScopes = 'openid email profile';

/** A sign-in provider while it is edited. The secret goes to the server and never comes back. */
export class SignInProviderForm {
  preset = $state<AdminSignInProvider['preset']>('google');
  name = $state('');
  issuer = $state('');
  clientId = $state('');
  clientSecret = $state('');
  scopes = $state(usualScopes);
  trustEmail = $state(false);
  allowLocal = $state(false);
  saving = $state(false);
  failure = $state.raw<unknown>(null);
  readonly provider: AdminSignInProvider | null;

  constructor(provider: AdminSignInProvider | null) {
    this.provider = provider;
    if (!provider) return;
    this.preset = provider.preset;
    this.name = provider.name;
    this.issuer = provider.issuer;
    this.clientId = provider.client_id;
    this.scopes = provider.scopes.join(' ');
    this.trustEmail = provider.trust_email;
    this.allowLocal = provider.allow_local;
  }

  /** What is wrong with a field, when the server named it. */
  problemOf(field: string): string | undefined {
    const { failure } = this;
    if (!(failure instanceof ApiProblem)) return undefined;
    if (field === 'issuer' && failure.code === 'oauth.invalid_issuer') return failure.text;
    return failure.fieldError(field);
  }

  /** Stores the provider; answers it, or nothing when it was refused. */
  async save(): Promise<AdminSignInProvider | undefined> {
    this.saving = true;
    this.failure = null;
    try {
      return await this.#store();
    } catch (error) {
      if (!wasCalledOff(error)) this.failure = error;
      return undefined;
    } finally {
      this.saving = false;
    }
  }

  async #store(): Promise<AdminSignInProvider> {
    const shared = {
      ...(this.name.trim() ? { name: this.name.trim() } : {}),
      ...(this.preset === 'openid' ? { issuer: this.issuer.trim() } : {}),
      ...(this.clientSecret ? { client_secret: this.clientSecret } : {}),
      client_id: this.clientId.trim(),
      scopes: this.scopes.split(/\s+/).filter(Boolean),
      trust_email: this.trustEmail,
      allow_local: this.allowLocal,
    };
    if (this.provider) return await api.patch(`${path}/${this.provider.id}`, shared);
    return await api.post(path, { preset: this.preset, ...shared });
  }
}
