import { spawn } from 'node:child_process';
import path from 'node:path';
import { endWithParent, exitLike, Failure, reportFailure } from './child-process.mjs';
import { ensureInstalled } from './installation.mjs';
import { findNode, localProgram, nodeEnvironment, projectRoot, serverNodeOptions } from './node-runtime.mjs';
import { ensureWebBuild } from './web-build.mjs';

const mainFile = path.join(projectRoot, 'server', 'src', 'main.ts');

/** `npm start` and `npm run dev`: installs and builds what is missing, then runs the server. */
export async function start(parameters) {
  const development = parameters.includes('--dev');
  const rest = parameters.filter((parameter) => parameter !== '--dev');
  try {
    await ensureInstalled();
    if (development) return startDevelopment(rest);
    await ensureWebBuild();
    runServer(['serve', ...rest]);
  } catch (error) {
    reportFailure(error);
  }
}

/** `aiwfe …`: the same program with other arguments. */
export async function runCommand(parameters) {
  try {
    await ensureInstalled();
    if (parameters[0] === 'serve') await ensureWebBuild();
    runServer(parameters);
  } catch (error) {
    reportFailure(error);
  }
}

function runServer(parameters) {
  const child = spawnServer([], parameters);
  exitLike(child);
  // Started by hand, it may outlive its shell.
  if (process.env.npm_lifecycle_event) endWithParent(child);
}

function spawnServer(nodeOptions, parameters) {
  const node = findNode();
  const child = spawn(node, [...nodeOptions, ...serverNodeOptions, mainFile, ...parameters], {
    // The channel closes when we are killed, which tells the server to stop too.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: nodeEnvironment(node),
  });
  child.on('error', (error) =>
    reportFailure(new Failure(`Node.js 24 (${node}) cannot be run: ${error.message}`)),
  );
  return child;
}

/** The server restarts when its sources change; the page comes from Vite, which reloads it. */
function startDevelopment(parameters) {
  const node = findNode();
  const server = spawnServer(['--watch', '--watch-preserve-output'], ['serve', ...parameters]);
  const vite = spawn(node, [localProgram('vite', 'web'), 'dev'], {
    cwd: path.join(projectRoot, 'web'),
    stdio: 'inherit',
    env: nodeEnvironment(node),
  });
  exitLike(server);
  if (process.env.npm_lifecycle_event) endWithParent(server);
  for (const [one, other] of [
    [server, vite],
    [vite, server],
  ]) {
    one.on('exit', () => other.kill('SIGTERM'));
  }
}
