import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { runCollecting } from './child-process.mjs';
import { findNode, localProgram, nodeEnvironment, projectRoot } from './node-runtime.mjs';

const mainFile = path.join('server', 'src', 'main.ts');

/** What `npm run check` runs: name, program (under Node 24) and arguments. */
function listChecks() {
  const program = (name, ...parameters) => [localProgram(name), ...parameters];
  const script = (name, ...parameters) => [path.join('scripts', name), ...parameters];
  return [
    {
      name: 'biome',
      parameters: program('biome', 'check', '--max-diagnostics=200', '.'),
    },
    ...['server', 'api-client', 'e2e', 'bench'].filter(hasTypeScript).map((folder) => ({
      name: `tsc ${folder}`,
      parameters: program('tsc', '--noEmit', '-p', folder),
    })),
    { name: 'svelte-check', steps: svelteCheck() },
    {
      name: 'dependency-cruiser',
      parameters: program(
        'depcruise',
        ...['--config', '.dependency-cruiser.cjs'],
        ...['server/src', 'server/test', 'e2e', 'api-client/src', 'web/src'],
      ),
    },
    { name: 'knip', parameters: program('knip', '--no-progress') },
    { name: 'openapi.json', parameters: [mainFile, 'openapi', '--check'] },
    {
      name: 'api-client types',
      parameters: program(
        'openapi-typescript',
        ...['server/openapi.json', '--output', 'api-client/src/openapi.gen.d.ts', '--check'],
      ),
    },
    { name: 'schema.json', parameters: [mainFile, 'schema-snapshot', '--check'] },
    { name: 'settings in README', parameters: script('settings-table.mjs', '--check') },
  ];
}

/** TypeScript calls a project without files an error. */
function hasTypeScript(folder) {
  return readdirSync(path.join(projectRoot, folder), { recursive: true }).some(
    (name) => name.endsWith('.ts') && !name.includes('node_modules'),
  );
}

function svelteCheck() {
  const cwd = path.join(projectRoot, 'web');
  const kit = path.join(packageFolder('@sveltejs/kit'), 'svelte-kit.js');
  return [
    { parameters: [kit, 'sync'], cwd },
    {
      parameters: [
        localProgram('svelte-check', 'web'),
        '--tsconfig',
        './tsconfig.json',
        '--fail-on-warnings',
      ],
      cwd,
    },
  ];
}

function packageFolder(name) {
  return ['web/node_modules', 'node_modules']
    .map((folder) => path.join(projectRoot, folder, name))
    .find((folder) => existsSync(folder));
}

/** Runs every check, two at a time; prints a line for each, and the output of those that failed. */
export async function runAllChecks() {
  const waiting = listChecks();
  const results = [];
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const result = await runCheck(check);
      results.push(result);
      const seconds = (result.durationMs / 1000).toFixed(1);
      process.stdout.write(`${result.ok ? 'ok    ' : 'FAILED'}  ${result.name} (${seconds} s)\n`);
      if (!result.ok) process.stdout.write(`${indent(result.output)}\n`);
    }
  };
  await Promise.all([work(), work()]);
  return results;
}

async function runCheck({ name, parameters, steps = [{ parameters }] }) {
  const node = findNode();
  const startedAt = Date.now();
  let output = '';
  for (const step of steps) {
    const result = await runCollecting(node, ['--disable-warning=ExperimentalWarning', ...step.parameters], {
      cwd: step.cwd ?? projectRoot,
      env: { ...nodeEnvironment(node), NO_COLOR: '1' },
    });
    output += result.output;
    if (result.code !== 0) return { name, ok: false, output, durationMs: Date.now() - startedAt };
  }
  return { name, ok: true, output, durationMs: Date.now() - startedAt };
}

function indent(text) {
  return text.trimEnd().replaceAll(/^/gm, '        ');
}
