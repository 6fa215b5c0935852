import type { PersonDetails, Role } from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';
import { wasCalledOff } from './called-off.ts';

/** A new account while it is filled in. */
export class CreatePersonForm {
  email = $state('');
  displayName = $state('');
  role = $state<Role>('user');
  way = $state<'link' | 'password'>('link');
  password = $state('');
  saving = $state(false);
  failure = $state.raw<unknown>(null);
  /** The same request sent twice makes one account. */
  #key = crypto.randomUUID();

  /** Makes the account; answers its id, or nothing when it was refused. */
  async save(): Promise<string | undefined> {
    this.saving = true;
    this.failure = null;
    try {
      const created = await api.post<PersonDetails>('/admin/users', this.#body(), {
        headers: { 'idempotency-key': this.#key },
      });
      return created.id;
    } catch (error) {
      this.#key = crypto.randomUUID();
      if (!wasCalledOff(error)) this.failure = error;
      return undefined;
    } finally {
      this.saving = false;
    }
  }

  #body() {
    return {
      email: this.email.trim(),
      display_name: this.displayName.trim(),
      role: this.role,
      ...(this.way === 'link' ? { send_link: true } : { password: this.password }),
    };
  }
}
