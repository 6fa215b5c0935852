// npm run api:generate: server/openapi.json from the routes, then the client's types from that.
import path from 'node:path';
import { Failure, reportFailure, runCollecting } from './child-process.mjs';
import { ensureInstalled } from './installation.mjs';
import { findNode, localProgram, nodeEnvironment, projectRoot } from './node-runtime.mjs';

const steps = [
  [path.join('server', 'src', 'main.ts'), 'openapi'],
  [
    'openapi-typescript',
    path.join('server', 'openapi.json'),
    '-o',
    path.join('api-client', 'src', 'openapi.gen.d.ts'),
  ],
];

try {
  await ensureInstalled();
  const node = findNode();
  for (const [program, ...parameters] of steps) {
    const file = program.endsWith('.ts') ? program : localProgram(program);
    const { code, output } = await runCollecting(
      node,
      ['--disable-warning=ExperimentalWarning', file, ...parameters],
      {
        cwd: projectRoot,
        env: nodeEnvironment(node),
      },
    );
    if (code !== 0) throw new Failure(`${program} failed:\n${output.trim()}`);
  }
  process.stdout.write('Wrote server/openapi.json and api-client/src/openapi.gen.d.ts\n');
} catch (error) {
  reportFailure(error);
}
