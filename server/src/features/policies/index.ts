export { createPolicies, type Policies } from './policies.feature.ts';
export { policiesPersonalData } from './policies.personal.ts';
export {
  type AnomalyKind,
  type AnomalyResponse,
  RegistrationPolicy,
  type SecurityPolicy,
  type SecurityPolicyChange,
} from './policies.schemas.ts';
export {
  demandsSecondFactor,
  type PoliciesService,
  policiesChangedTopic,
  rolesWithDemand,
  type StoredPolicy,
} from './policies.service.ts';
