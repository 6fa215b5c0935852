import type { FactorSummary, Page, Passkey } from '@aiwfe/api-client';
import { api, Resource } from '#lib/api/index.ts';

interface Methods {
  factors: FactorSummary;
  passkeys: Passkey[];
}

/** How the person signs in: their second factors and passkeys, read together. */
export class MethodsState extends Resource<Methods> {
  constructor() {
    super(async () => {
      const [factors, passkeys] = await Promise.all([
        api.get<FactorSummary>('/auth/2fa'),
        api.get<Pick<Page<Passkey>, 'items'>>('/auth/passkeys'),
      ]);
      return { factors, passkeys: passkeys.items };
    });
  }
}
