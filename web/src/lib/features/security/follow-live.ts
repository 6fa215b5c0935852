import type { ChangedEvent } from '@aiwfe/api-client';
import type { Resource } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

/**
 * Loads now, whenever one of `kinds` changed elsewhere, and when the person comes back to this tab; for `$effect`, which
 * calls the returned function.
 */
export function followLive(
  resource: Pick<Resource<unknown>, 'follow' | 'load'>,
  kinds: ChangedEvent['kind'][],
): () => void {
  const reload = () => void resource.load();
  const onReturn = () => {
    if (document.visibilityState === 'visible') reload();
  };
  const ends = [resource.follow(), ...kinds.map((kind) => userFeed.subscribe(kind, reload))];
  document.addEventListener('visibilitychange', onReturn);
  return () => {
    document.removeEventListener('visibilitychange', onReturn);
    for (const end of ends) end();
  };
}
