import { defineError } from '../../platform/errors.ts';

export const ScopeNotFound = defineError(
  'retrieval.scope_not_found',
  404,
  'Scope not found',
  'The collection or one of the documents to search in does not exist.',
);
