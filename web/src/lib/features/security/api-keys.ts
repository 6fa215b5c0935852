import type { ApiKey, ApiKeyScope } from '@aiwfe/api-client';
import { textOr } from '#lib/messages/translate.svelte.ts';

/** What the person does with their keys now. */
export type ApiKeyTask = { kind: 'create' } | { kind: 'rename' | 'rotate' | 'revoke'; key: ApiKey };

/** What a scope allows, in the person's language; the server's sentence for scopes that came later. */
export function scopeSentence({ scope, sentence }: ApiKeyScope): string {
  return textOr(`security.scope.${scope}`, sentence);
}
