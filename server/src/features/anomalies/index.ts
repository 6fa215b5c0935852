export type { AlertNotices } from './alert-notices.ts';
export { type AnomaliesOptions, createAnomaliesFeature } from './anomalies.feature.ts';
export { createRiskAssessor, type RiskAssessorOptions } from './risk-assessor.ts';
export type { SignInMethodsPort } from './security-overview.ts';
export { watchForSpraying } from './spraying-watch.ts';
