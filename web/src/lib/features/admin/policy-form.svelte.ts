import type { SecurityPolicy, StoredPolicy } from '@aiwfe/api-client';
import { untrack } from 'svelte';
import { ApiProblem, connection, isTransient, send } from '#lib/api/index.ts';
import { wasCalledOff } from './called-off.ts';
import { changedPaths, type PolicyPath, valueAt, withValue } from './policy-paths.ts';

/** The policy while it is edited: sends what was changed, and nothing of it is lost when somebody else was faster. */
export class PolicyForm {
  stored = $state.raw<StoredPolicy | null>(null);
  draft = $state.raw<SecurityPolicy | null>(null);
  loadError = $state.raw<unknown>(null);
  failure = $state.raw<unknown>(null);
  saving = $state(false);
  /** What the server holds by now, when a save met another version. */
  conflict = $state.raw<StoredPolicy | null>(null);
  readonly changes: PolicyPath[] = $derived(
    this.stored && this.draft ? changedPaths(this.stored.policy, this.draft) : [],
  );
  #etag: string | null = null;

  follow(): () => void {
    if (untrack(() => this.changes.length === 0)) void this.load();
    return connection.onChange((online) => {
      if (online && isTransient(this.loadError)) void this.load();
    });
  }

  async load(): Promise<void> {
    this.loadError = null;
    try {
      this.#accept(await this.#read());
    } catch (error) {
      this.loadError = error;
    }
  }

  set(path: PolicyPath, value: unknown): void {
    if (this.draft) this.draft = withValue(this.draft, path, value);
  }

  /** Sends what differs; answers whether it is stored. */
  async save(): Promise<boolean> {
    const { draft } = this;
    if (!draft) return false;
    this.saving = true;
    this.failure = null;
    try {
      const body = this.changes.reduce<object>((all, path) => withValue(all, path, valueAt(draft, path)), {});
      const headers: Record<string, string> = this.#etag ? { 'if-match': this.#etag } : {};
      const answer = await send<StoredPolicy>('PUT', '/admin/policies', { body, headers });
      this.#etag = answer.etag;
      this.#accept(answer.body);
      return true;
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 412) await this.#meetConflict();
      else if (!wasCalledOff(error)) this.failure = error;
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** Ends a conflict: with the own changes on top of the other version, to be looked at again, or without them. */
  resolve(keep: 'mine' | 'theirs'): void {
    const { conflict, draft, changes } = this;
    if (!conflict || !draft) return;
    this.#accept(conflict);
    if (keep === 'mine') for (const path of changes) this.set(path, valueAt(draft, path));
  }

  discard(): void {
    if (this.stored) this.#accept(this.stored);
  }

  async #meetConflict(): Promise<void> {
    try {
      this.conflict = await this.#read();
    } catch (error) {
      this.failure = error;
    }
  }

  async #read(): Promise<StoredPolicy> {
    const answer = await send<StoredPolicy>('GET', '/admin/policies');
    this.#etag = answer.etag;
    return answer.body;
  }

  #accept(stored: StoredPolicy): void {
    this.stored = stored;
    this.draft = stored.policy;
    this.conflict = null;
  }
}

let kept: { userId: string; form: PolicyForm } | undefined;

/** The form of a person, with what they did not save yet. */
export function policyFormOf(userId: string): PolicyForm {
  if (kept?.userId !== userId) kept = { userId, form: new PolicyForm() };
  return kept.form;
}
