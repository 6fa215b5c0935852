import type { AdminSignInProvider, SignInProviderTest } from '@aiwfe/api-client';
import { api, Resource } from '#lib/api/index.ts';

const path = '/admin/oauth-providers';

/** The sign-in providers, for superusers. The verbs throw what their request throws. */
export class ProvidersState extends Resource<AdminSignInProvider[]> {
  constructor() {
    super(async () => (await api.get<{ items: AdminSignInProvider[] }>(path)).items);
  }

  test(provider: AdminSignInProvider): Promise<SignInProviderTest> {
    return api.post<SignInProviderTest>(`${path}/${provider.id}/test`);
  }

  async setEnabled(provider: AdminSignInProvider, enabled: boolean): Promise<void> {
    await api.patch(`${path}/${provider.id}`, { enabled });
    await this.load();
  }

  async remove(provider: AdminSignInProvider): Promise<void> {
    await api.delete(`${path}/${provider.id}`);
    await this.load();
  }
}
