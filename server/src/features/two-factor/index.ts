export type { FactorChanges } from './factor-changes.ts';
export { SecondFactorDemanded } from './two-factor.errors.ts';
export { createTwoFactorFeature, type TwoFactorFeature } from './two-factor.feature.ts';
export { countUnusedBackupCodes, refreshSecondFactors, resetFactors } from './two-factor.queries.ts';
export { ShownBackupCodes } from './two-factor.routes.ts';
