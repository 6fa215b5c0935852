import { createRequestIdentities } from '../../platform/http/request-identity.ts';
import { WorkflowKeyReused } from './workflows.errors.ts';

export type { RequestIdentity } from '../../platform/http/request-identity.ts';
export const { requestIdentity, assertSameRequest } = createRequestIdentities(WorkflowKeyReused);
