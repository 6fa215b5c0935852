import type { FastifyInstance } from 'fastify';
import type { SealedColumn } from './crypto/sealed-columns.ts';
import type { WorkflowRegistration } from './durable/workflow-engine.ts';
import type { Route } from './http/route.ts';
import type { PersonalData } from './personal-data.ts';

/** What a feature gives to the program: routes for the API, workflows for the worker, and its life cycle. */
export interface Feature {
  routes: Route[];
  workflows?: WorkflowRegistration[];
  /** Every column that holds what the secret box sealed, so that a rotation of keys forgets none. */
  sealed?: SealedColumn[];
  /** Everything it keeps about people, so that an export misses nothing and a deletion leaves nothing. */
  personal?: PersonalData[];
  /** Adds hooks and pages that are no routes of the API, before those. */
  attach?(app: FastifyInstance): void;
  /** Opens a port of its own once the server listens. */
  listen?(app: FastifyInstance): Promise<void>;
  /** Runs once migrations are done, before the server listens. */
  start?(): Promise<void>;
  stop?(): Promise<void>;
}
