import type { WorkflowRegistration } from './durable/workflow-engine.ts';
import type { Route } from './http/route.ts';

/** What a feature gives to the program: routes for the API, workflows for the worker, and its life cycle. */
export interface Feature {
  routes: Route[];
  workflows?: WorkflowRegistration[];
  /** Runs once migrations are done, before the server listens. */
  start?(): Promise<void>;
  stop?(): Promise<void>;
}
