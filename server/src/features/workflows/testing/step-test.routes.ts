import { defineRoute, type Route } from '../../../platform/http/route.ts';
import { StepNotFound } from '../workflows.errors.ts';
import { StepTest, StepTestResult } from './step-test.schemas.ts';
import type { StepTester } from './step-test.ts';

const bodyLimitBytes = 4 * 1024 * 1024;
/** A model on a small machine takes its time. */
const timeoutMs = 330_000;

/** Trying one step of a drawing before the whole runs. */
export function stepTestRoutes(tester: StepTester): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/workflows/test-step',
      summary: 'Try one step with sample data',
      description:
        'Nothing is stored. A step that changes or sends something only says what it would send, unless `allow_writes` is true.',
      tags: ['workflows'],
      access: 'session',
      bodyLimitBytes,
      timeoutMs,
      body: StepTest,
      response: { 200: StepTestResult },
      errors: [StepNotFound],
      handler: ({ actor, body, signal }) => tester.test(actor.userId, body, signal),
    }),
  ];
}
