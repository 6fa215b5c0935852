export { apiKeyScopes } from './api-key-scopes.ts';
export { createApiKeyStates } from './api-key-states.ts';
export { createApiKeysFeature } from './api-keys.feature.ts';
export { deleteApiKeysOf } from './api-keys.queries.ts';
