export { createPasskeysFeature } from './passkeys.feature.ts';
export { resetFactors } from './passkeys.queries.ts';
