// DBOS as its documentation shows it, in a process of its own: a workflow of so many steps, each recorded.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { v7 as uuidv7 } from 'uuid';

const silent = { info() {}, debug() {}, warn() {}, error: console.error };
DBOS.setConfig({ name: 'bare', systemDatabaseUrl: process.env.DATABASE_URL ?? '', logger: silent });
const work = DBOS.registerWorkflow(
  async (steps: number) => {
    let text = '';
    for (let index = 1; index <= steps; index++)
      text = await DBOS.runStep(async () => `Step ${index}`, { name: `s${index}` });
    return text;
  },
  { name: 'bare' },
);
await DBOS.launch();

const server = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const steps = Number(searchParams.get('steps'));
  const began = performance.now();
  await Promise.all(
    Array.from({ length: Number(searchParams.get('count')) }, async () => {
      const handle = await DBOS.startWorkflow(work, { workflowID: uuidv7() })(steps);
      await handle.getResult();
    }),
  );
  response.end(JSON.stringify({ ms: performance.now() - began }));
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
