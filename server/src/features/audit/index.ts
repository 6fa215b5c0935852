export type { AuditEntry, Executor } from './audit.queries.ts';
export { type AuditTrail, createAuditTrail } from './audit.service.ts';
export { type AuditChainReport, verifyAuditChain } from './audit-chain.ts';
export { type ClientFacts, clientFacts, storable } from './client-facts.ts';
