import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from './child-process.mjs';

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const serverNodeMajor = 24;

/** How the server's Node runs. After start-up the server collects once what V8 would keep. */
export const serverNodeOptions = ['--disable-warning=ExperimentalWarning', '--expose-gc'];

/**
 * The Node 24 that the server runs on: from the platform package, else the running one when it is new enough.
 * Whatever Node started us, its own version does not matter.
 */
export function findNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const packaged = path.join(projectRoot, 'node_modules', name, 'bin', program);
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= serverNodeMajor) return process.execPath;
  throw new Failure(
    `The server runs on Node.js ${serverNodeMajor}; this is ${process.version}, and there is no package ${name} in ` +
      `node_modules. Run npm install without omitting optional packages, or start with Node.js ${serverNodeMajor}.`,
  );
}

/** The environment for programs under Node 24: it is the first `node` on the PATH, and compiled code is kept. */
export function nodeEnvironment(node = findNode()) {
  return {
    ...process.env,
    PATH: [path.dirname(node), process.env.PATH].filter(Boolean).join(path.delimiter),
    NODE_COMPILE_CACHE: path.join(projectRoot, 'node_modules', '.cache', 'aiwfe-compiled'),
  };
}

/** The JavaScript file behind a program of node_modules/.bin, found by its package's manifest. */
export function localProgram(program, workspace = '.') {
  const packageName =
    { tsc: 'typescript-native', depcruise: 'dependency-cruiser', biome: '@biomejs/biome' }[program] ??
    program;
  for (const folder of [path.join(projectRoot, workspace), projectRoot]) {
    const manifestFile = path.join(folder, 'node_modules', packageName, 'package.json');
    if (!existsSync(manifestFile)) continue;
    const { bin } = JSON.parse(readFileSync(manifestFile, 'utf8'));
    const file = typeof bin === 'string' ? bin : bin?.[program];
    if (file) return path.join(path.dirname(manifestFile), file);
  }
  throw new Failure(`The program ${program} is not installed. Run npm install.`);
}

/** Starts a program of node_modules/.bin, or a file of this project, under Node 24. */
export function spawnLocalProgram(program, parameters, options = {}) {
  const node = findNode();
  const file = /\.(mjs|ts)$/.test(program) ? path.join(projectRoot, program) : localProgram(program);
  return spawn(node, ['--disable-warning=ExperimentalWarning', file, ...parameters], {
    cwd: projectRoot,
    ...options,
    env: { ...nodeEnvironment(node), ...options.env },
  });
}
