import type { Page } from 'playwright-core';
import { expect } from 'vitest';

interface RunAnswer {
  id: string;
  status: string;
  retry_of: string | null;
  steps: { number: number; node_id: string; status: string; output: unknown }[];
}

/** A request of the signed-in person of a page, as the page itself would send it. */
export async function callApi<Body>(
  page: Page,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Body> {
  const answer = await page.evaluate(
    async ({ method, path, body }) => {
      const tokens = await fetch('/api/v1/auth/csrf-token');
      const { csrf_token: token } = (await tokens.json()) as { csrf_token: string };
      const headers = { 'x-csrf-token': token, 'content-type': 'application/json' };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(`/api/v1${path}`, init);
      return { status: response.status, body: (await response.json()) as unknown };
    },
    { method, path, body },
  );
  if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Body;
}

/** A workflow of these steps; edges are written `from:port>to`. Returns its id. */
export async function createWorkflow(
  page: Page,
  name: string,
  nodes: Record<string, unknown>[],
  edges: string[],
): Promise<string> {
  const parsed = edges.map((edge) => {
    const [from = '', to = ''] = edge.split('>');
    const [id, port] = from.split(':');
    return { from: id, to, ...(port ? { port } : {}) };
  });
  const definition = {
    format: 1,
    nodes: [{ id: 'start', type: 'start', name: 'Start' }, ...nodes],
    edges: parsed,
  };
  return (await callApi<{ id: string }>(page, 'POST', '/workflows', { name, definition })).id;
}

export async function startRun(page: Page, workflowId: string, input: unknown = {}): Promise<string> {
  return (await callApi<{ id: string }>(page, 'POST', `/workflows/${workflowId}/runs`, { input })).id;
}

/** Waits until a run has one of these states. */
export async function untilRun(page: Page, id: string, ...statuses: string[]): Promise<RunAnswer> {
  let run: RunAnswer | undefined;
  await expect
    .poll(
      async () => {
        run = await callApi<RunAnswer>(page, 'GET', `/runs/${id}`);
        return run.status;
      },
      { timeout: 60_000 },
    )
    .toSatisfy((status: string) => statuses.includes(status));
  if (!run) throw new Error('There was no answer.');
  return run;
}
