import type { PublicConfig } from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';

/** What the server tells everybody about itself. Nothing here is guessed from the host name (I3). */
class PublicConfigState {
  current = $state<PublicConfig | null>(null);

  /** The configuration, read from the server the first time. */
  async get(): Promise<PublicConfig> {
    this.current ??= await api.get<PublicConfig>('/config');
    return this.current;
  }

  /** Reads it again, for example after the set-up. */
  async reload(): Promise<PublicConfig> {
    this.current = await api.get<PublicConfig>('/config');
    return this.current;
  }
}

export const publicConfig = new PublicConfigState();
