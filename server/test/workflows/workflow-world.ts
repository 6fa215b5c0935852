import { vi } from 'vitest';
import type { Definition } from '../../src/features/workflows/index.ts';
import type { TestApp, TestPerson } from '../test-app.ts';

export interface Answer<Body> {
  status: number;
  body: Body;
  headers: Record<string, unknown>;
}

export interface StepView {
  number: number;
  node_id: string;
  frame: string;
  status: string;
  attempts: number;
  input: unknown;
  output: never;
  port: string | null;
  error: { code: string; detail: string } | null;
  tokens: { input: number; output: number };
  progress: { total: number; ended: number } | null;
  child_run_id: string | null;
}

export interface RunAnswer {
  id: string;
  status: string;
  output: never;
  error: { code: string; detail: string; node_id?: string; step?: number } | null;
  used: { steps: number; tokens: number };
  retry_of: string | null;
  parent_run_id: string | null;
  trigger_id: string | null;
  trigger_kind: string | null;
  trigger_name: string | null;
  pause_requested: boolean;
  steps: StepView[];
  last_seq: number;
  code?: string;
  errors?: { field: string; detail: string }[];
}

/** Requests of one person to the workflow routes. */
export class WorkflowClient {
  readonly app: TestApp;
  readonly person: TestPerson;

  constructor(app: TestApp, person: TestPerson) {
    this.app = app;
    this.person = person;
  }

  async call<Body = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const response = await this.app.app.inject({
      method,
      url: `/api/v1${url}`,
      headers: { ...this.person.headers, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    const body = response.body === '' ? {} : response.json();
    return { status: response.statusCode, body: body as Body, headers: response.headers };
  }

  async create(definition: object, name = 'Test'): Promise<string> {
    const { status, body } = await this.call<{ id: string; problems: unknown[] }>('POST', '/workflows', {
      name,
      definition,
    });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  async start(workflowId: string, input: unknown = {}): Promise<string> {
    const { status, body } = await this.call<RunAnswer>('POST', `/workflows/${workflowId}/runs`, { input });
    if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  async run(id: string): Promise<RunAnswer> {
    return (await this.call<RunAnswer>('GET', `/runs/${id}`)).body;
  }

  /** Waits until a run has one of these states. */
  async until(
    id: string,
    statuses: string[] = ['succeeded', 'failed', 'cancelled'],
    timeout = 120_000,
  ): Promise<RunAnswer> {
    return vi.waitFor(
      async () => {
        const run = await this.run(id);
        if (!statuses.includes(run.status))
          throw new Error(
            `The run is ${run.status}: ${JSON.stringify(run.steps.map((step) => [step.number, step.node_id, step.frame, step.status, step.progress]))}`,
          );
        return run;
      },
      { timeout, interval: 25 },
    );
  }

  async finish(definition: object, input: unknown = {}): Promise<RunAnswer> {
    return this.until(await this.start(await this.create(definition), input));
  }
}

/** Lets everybody's questions be answered by a model of the peer; returns which. */
export async function connectModel(
  app: TestApp,
  peerUrl: string,
  name = 'tiny-chat:latest',
): Promise<{ provider_id: string; model: string }> {
  const admin = new WorkflowClient(app, await app.person('superuser'));
  const { body } = await admin.call<{ id: string }>('POST', '/models/providers', {
    kind: 'ollama',
    name: 'Peer',
    base_url: peerUrl,
    allow_local: true,
  });
  const model = { provider_id: body.id, model: name };
  const { status } = await admin.call('PUT', '/models/slots/chat', model);
  if (status !== 200) throw new Error(`The model was not assigned: ${status}`);
  return model;
}

/** Steps one after the other, with a start in front. */
export function chain(
  nodes: Record<string, unknown>[],
  rest: Partial<Definition> = {},
): Record<string, unknown> {
  const all = [{ id: 'start', type: 'start' }, ...nodes];
  const edges = all.slice(1).map((node, index) => ({ from: String(all[index]?.id), to: String(node.id) }));
  return { format: 1, nodes: all, edges, ...rest };
}

export function definition(
  nodes: Record<string, unknown>[],
  edges: string[],
  rest: Partial<Definition> = {},
): Record<string, unknown> {
  const parsed = edges.map((edge) => {
    const [from = '', to = ''] = edge.split('>');
    const [id, port] = from.split(':');
    return { from: id, to, ...(port ? { port } : {}) };
  });
  return { format: 1, nodes: [{ id: 'start', type: 'start' }, ...nodes], edges: parsed, ...rest };
}

export function outputsOf(run: RunAnswer): Record<string, unknown> {
  return Object.fromEntries(run.steps.map((step) => [step.node_id, step.output]));
}
