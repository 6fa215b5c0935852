export { createAuditFeature } from './audit.feature.ts';
export { eraseAuditPersonal, findChainHead } from './audit.personal.ts';
export type { AuditEntry, Executor, PackedEvent } from './audit.queries.ts';
export { type AuditTally, type AuditTrail, createAuditTrail } from './audit.service.ts';
export { type AuditChainReport, verifyAuditChain } from './audit-chain.ts';
export { applyRetention, firstIdAt } from './audit-retention.ts';
export { type ClientFacts, clientFacts, storable } from './client-facts.ts';
export { keepAuditKeys, retiredAuditKeyColumn, withRetiredAuditKeys } from './retired-audit-keys.ts';
