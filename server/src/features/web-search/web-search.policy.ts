import { defineError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';

export const WebSearchForbidden = defineError(
  'web_search.forbidden',
  403,
  'Not allowed',
  'Only administrators can change the web search.',
);

/** Web search serves everybody and sends their questions elsewhere, so only administrators change it. */
export function canChangeWebSearch(actor: Pick<Actor, 'role'>): boolean {
  return actor.role === 'admin' || actor.role === 'superuser';
}
