// The workflow engine in a process of its own, without the rest of the program. DATABASE_URL says where. POST
// /?steps=&count=&kind= runs as many workflows at once and answers how long it took until the last had ended.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { createWorkflowsFeature, type Definition } from '../../server/src/features/workflows/index.ts';
import { createKeyRing } from '../../server/src/platform/crypto/key-ring.ts';
import { Secret } from '../../server/src/platform/crypto/secret.ts';
import { createSecretBox } from '../../server/src/platform/crypto/secret-box.ts';
import { openDatabase } from '../../server/src/platform/database/database.ts';
import { createDurableEngine } from '../../server/src/platform/durable/dbos-engine.ts';
import { createEventBus } from '../../server/src/platform/events/event-bus.ts';
import { createEventLog } from '../../server/src/platform/events/event-log.ts';
import { createUserFeed } from '../../server/src/platform/events/user-feed.ts';
import { createOutboundDoor } from '../../server/src/platform/outbound-http/index.ts';
import { createLogger } from '../../server/src/platform/telemetry/logger.ts';
import { drawn, type Kind } from './drawn.ts';

const connectionString = process.env.DATABASE_URL ?? '';
const log = createLogger({ level: 'warn' });
const handle = openDatabase({
  connectionString,
  maxConnections: 12,
  statementTimeoutMs: 60_000,
  onPoolError: () => undefined,
});
const { db } = handle;
const bus = createEventBus({ onListenerError: (error) => console.error(error) });
const engine = createDurableEngine({ db, directUrl: connectionString, bus, log, alone: true });
const nobody = async (): Promise<never> => {
  throw new Error('There is no model here.');
};
const feature = createWorkflowsFeature({
  platform: {
    ...{ db, engine, bus, log, eventLog: createEventLog({ db, bus }), userFeed: createUserFeed(bus) },
    secretBox: createSecretBox(createKeyRing([new Secret('Vq7kR2mXw9TzL4pB8nJc5HsD1gYf6UaE')])),
    clock: () => new Date(),
  },
  models: { resolve: nobody, stream: () => nobody() as never, estimateTokens: (text) => text.length },
  passages: { search: async () => [], documentsInBoth: async () => [], searchWeb: async () => [] },
  door: createOutboundDoor({ userAgent: 'bench' }),
  tools: [
    {
      name: 'bench.nothing',
      title: 'Nothing',
      description: 'Nothing.',
      purpose: 'Nothing.',
      input: {},
      scope: 'x',
      writes: false,
      run: async () => 1,
    },
  ],
});
engine.register(feature.workflows ?? []);
await feature.start?.();
await engine.launch();
const ownerId = uuidv7();
await sql`insert into users (id, email, email_canonical, display_name, role, status)
  values (${ownerId}, ${ownerId}, ${ownerId}, 'Bench', 'user', 'active')`.execute(db);
const workflows = new Map<string, string>();

async function workflowOf(steps: number, kind: Kind): Promise<string> {
  const name = `${kind} ${steps}`;
  const known = workflows.get(name);
  if (known) return known;
  const id = uuidv7();
  const definition = drawn(steps, kind) as Definition;
  await sql`insert into workflows (id, owner_id, name, version) values (${id}, ${ownerId}, ${name}, 1)`.execute(
    db,
  );
  await sql`insert into workflow_versions (workflow_id, number, definition)
    values (${id}, 1, ${JSON.stringify(definition)}::jsonb)`.execute(db);
  workflows.set(name, id);
  return id;
}

async function runAtOnce(workflowId: string, count: number): Promise<number> {
  const began = performance.now();
  await Promise.all(
    Array.from({ length: count }, () => feature.runs.start(ownerId, workflowId, { n: 1 }, undefined)),
  );
  for (;;) {
    const { rows } = await sql<{ open: number }>`
      select count(*) as open from workflow_runs where ended_at is null`.execute(db);
    if (rows[0]?.open === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const ms = performance.now() - began;
  const { rows } = await sql<{ wrong: number }>`
    select count(*) as wrong from workflow_runs where status <> 'succeeded'`.execute(db);
  if (rows[0]?.wrong !== 0) throw new Error('Runs did not succeed.');
  return ms;
}

const server = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const steps = Number(searchParams.get('steps'));
  const workflowId = await workflowOf(steps, searchParams.get('kind') as Kind);
  const ms = await runAtOnce(workflowId, Number(searchParams.get('count')));
  response.end(JSON.stringify({ ms }));
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
