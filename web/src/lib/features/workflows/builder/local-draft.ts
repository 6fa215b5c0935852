import type { WorkflowDefinition } from '@aiwfe/api-client';

/** A drawing that is not saved yet, as this browser keeps it. */
export interface LocalDraft {
  /** Version of the workflow that it began with. Its name and its switch may change meanwhile. */
  version: number;
  definition: WorkflowDefinition;
  keptAt: string;
}

export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Keeps what is drawn until it is saved: a closed tab or a lost connection loses nothing. */
export class LocalDrafts {
  readonly #storage: DraftStorage;
  readonly #key: string;

  constructor(storage: DraftStorage, ownerId: string, workflowId: string) {
    this.#storage = storage;
    this.#key = `aiwfe.workflow.${ownerId}.${workflowId}`;
  }

  read(): LocalDraft | null {
    try {
      const draft = JSON.parse(this.#storage.getItem(this.#key) ?? 'null') as LocalDraft | null;
      return draft?.definition?.format === 1 && Array.isArray(draft.definition.nodes) ? draft : null;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return null;
    }
  }

  /** Answers false where the browser has no room. */
  write(draft: LocalDraft): boolean {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(draft));
      return true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return false;
    }
  }

  clear(): void {
    this.#storage.removeItem(this.#key);
  }
}
