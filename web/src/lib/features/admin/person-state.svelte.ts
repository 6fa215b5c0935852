import type { PersonDetails, Role, UserStatus } from '@aiwfe/api-client';
import { api, Resource } from '#lib/api/index.ts';

export type PersonAction = 'end-sessions' | 'reset-factors' | 'require-password-change';

/** One person as administrators see and change them. The verbs throw what their request throws. */
export class PersonState extends Resource<PersonDetails> {
  readonly id: string;

  constructor(id: string) {
    super(() => api.get<PersonDetails>(`/admin/users/${id}`));
    this.id = id;
  }

  async change(change: { role?: Role; status?: UserStatus; display_name?: string }): Promise<void> {
    this.data = await api.patch<PersonDetails>(`/admin/users/${this.id}`, change);
  }

  /** Does one of the actions that end sessions; answers how many ended. */
  async act(action: PersonAction): Promise<number> {
    const { ended_sessions: ended } = await api.post<{ ended_sessions: number }>(
      `/admin/users/${this.id}/${action}`,
    );
    await this.load();
    return ended;
  }
}
