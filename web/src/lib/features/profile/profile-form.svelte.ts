import type { Profile, Theme } from '@aiwfe/api-client';
import { ApiProblem, connection, isTransient, send } from '#lib/api/index.ts';
import { preferences } from '#lib/preferences.svelte.ts';

const editable = [
  'display_name',
  'about',
  'work_style',
  'goals',
  'locale',
  'time_zone',
  'theme',
] as const satisfies (keyof Profile)[];
export type EditableField = (typeof editable)[number];

export interface ProfileDraft {
  display_name: string;
  about: string;
  work_style: string;
  goals: string[];
  locale: string;
  time_zone: string;
  theme: Theme;
}

/** The fields of `draft` that differ from `base`: what a partial save sends. */
export function changedFields(draft: ProfileDraft, base: ProfileDraft): Partial<ProfileDraft> {
  const changed = editable.filter((field) => JSON.stringify(draft[field]) !== JSON.stringify(base[field]));
  return Object.fromEntries(changed.map((field) => [field, draft[field]]));
}

function draftOf(profile: Profile): ProfileDraft {
  const copy = Object.fromEntries(
    editable.map((field) => [field, profile[field]]),
  ) as unknown as ProfileDraft;
  return { ...copy, goals: [...copy.goals] };
}

/** The profile while it is edited: saves only what changed and shows what somebody else changed meanwhile. */
export class ProfileForm {
  profile = $state.raw<Profile | null>(null);
  draft = $state<ProfileDraft | null>(null);
  loadError = $state.raw<unknown>(null);
  failure = $state.raw<unknown>(null);
  saving = $state(false);
  /** What the server holds by now, when a save met another version. */
  conflict = $state.raw<Profile | null>(null);
  readonly changes = $derived(
    this.profile && this.draft ? changedFields(this.draft, draftOf(this.profile)) : {},
  );
  readonly isChanged = $derived(Object.keys(this.changes).length > 0);
  #etag: string | null = null;

  async load(): Promise<void> {
    this.loadError = null;
    try {
      this.#accept(await this.#read());
    } catch (error) {
      this.loadError = error;
    }
  }

  follow(): () => void {
    void this.load();
    return connection.onChange((online) => {
      if (online && isTransient(this.loadError)) void this.load();
    });
  }

  /** Sends the changed fields; answers whether they are stored. */
  async save(): Promise<boolean> {
    this.saving = true;
    this.failure = null;
    try {
      const headers: Record<string, string> = this.#etag ? { 'if-match': this.#etag } : {};
      const answer = await send<Profile>('PATCH', '/profile', { body: this.changes, headers });
      this.#etag = answer.etag;
      this.#accept(answer.body);
      await preferences.apply(answer.body);
      return true;
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 412) await this.#meetConflict();
      else this.failure = error;
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** Ends a conflict: with the own changes on top of the other version, or with the other version alone. */
  async resolve(keep: 'mine' | 'theirs'): Promise<boolean> {
    const { conflict, draft, changes } = this;
    if (!conflict || !draft) return false;
    const merged = { ...draftOf(conflict), ...$state.snapshot(changes) };
    this.#accept(conflict);
    if (keep === 'theirs') return false;
    this.draft = merged;
    return this.isChanged ? await this.save() : true;
  }

  discard(): void {
    if (this.profile) this.#accept(this.profile);
  }

  async #meetConflict(): Promise<void> {
    try {
      this.conflict = await this.#read();
    } catch (error) {
      this.failure = error;
    }
  }

  async #read(): Promise<Profile> {
    const answer = await send<Profile>('GET', '/profile');
    this.#etag = answer.etag;
    return answer.body;
  }

  #accept(profile: Profile): void {
    this.profile = profile;
    this.draft = draftOf(profile);
    this.conflict = null;
  }
}
