import type { Feature } from '../../platform/feature.ts';
import { policyRoutes } from './policies.routes.ts';
import { createPoliciesService, type PoliciesOptions, type PoliciesService } from './policies.service.ts';

export interface Policies {
  feature: Feature;
  service: PoliciesService;
}

/** What administrators decide about sign-in, at run time and for all processes. */
export function createPolicies(options: PoliciesOptions): Policies {
  const service = createPoliciesService(options);
  return {
    service,
    feature: { routes: policyRoutes({ policies: service }), stop: async () => service.close() },
  };
}
