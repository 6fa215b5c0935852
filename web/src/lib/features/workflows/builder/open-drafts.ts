import { hasDrafts, LocalDrafts } from './local-draft.ts';

type Channel = Pick<BroadcastChannel, 'postMessage' | 'addEventListener' | 'removeEventListener'>;
type Word = { kind: 'ask' } | { kind: 'open'; keys: string[] };

const answerWithinMs = 150;

/**
 * Which drafts the tabs of this browser are drawing on. Not by Web Locks, which there are not on plain http. A tab that is
 * too busy to answer is taken for closed: it keeps its drawing all the same, see {@link LocalDrafts.meet}.
 */
export class OpenDrafts {
  readonly #channel: Channel | null;
  readonly #held = new Set<LocalDrafts>();

  constructor(channel: Channel | null) {
    this.#channel = channel;
    channel?.addEventListener('message', ({ data }: MessageEvent<Word>) => {
      const keys = Array.from(this.#held, ({ key }) => key);
      if (data.kind === 'ask' && keys.length > 0) channel.postMessage({ kind: 'open', keys } satisfies Word);
    });
  }

  /** The drawing is open in this tab until the returned function is called. */
  hold(
    drafts: LocalDrafts,
    changes: Pick<Window, 'addEventListener' | 'removeEventListener'> = window,
  ): () => void {
    const meet = (change: StorageEvent): void => drafts.meet(change);
    this.#held.add(drafts);
    changes.addEventListener('storage', meet);
    return () => {
      this.#held.delete(drafts);
      changes.removeEventListener('storage', meet);
    };
  }

  /** The keys of drafts that are open in other tabs. */
  async elsewhere(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const listen = ({ data }: MessageEvent<Word>): void => {
      if (data.kind === 'open') for (const key of data.keys) found.add(key);
    };
    this.#channel?.addEventListener('message', listen);
    this.#channel?.postMessage({ kind: 'ask' } satisfies Word);
    await new Promise((resolve) => setTimeout(resolve, answerWithinMs));
    this.#channel?.removeEventListener('message', listen);
    return found;
  }
}

export const openDrafts = new OpenDrafts(
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('aiwfe.workflow-drafts'),
);

/** The draft of this tab of a workflow, or what a closed one left behind. */
export async function findDrafts(ownerId: string, workflowId: string): Promise<LocalDrafts> {
  const elsewhere = hasDrafts(localStorage) ? await openDrafts.elsewhere() : new Set<string>();
  const storage = { shared: localStorage, tab: sessionStorage };
  const drafts = new LocalDrafts(storage, ownerId, workflowId, elsewhere);
  drafts.prune(elsewhere);
  return drafts;
}
