import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Failure, runCollecting } from './child-process.mjs';
import { findNode, nodeEnvironment, projectRoot } from './node-runtime.mjs';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;

/** Runs the check from outside against the product as `npm start` runs it, where that check is present. */
export async function runContractCheck({ file, folder, countStep }) {
  if (!existsSync(file)) return;
  await countStep('contract of the HTTP API', () => check(file, folder));
}

async function check(file, folder) {
  const port = await freePort();
  const environment = {
    ...nodeEnvironment(findNode()),
    TMPDIR: folder,
    AIWFE_DATA_DIR: path.join(folder, 'contract'),
    PORT: String(port),
  };
  const server = startServer(environment);
  try {
    await server.ready;
    const { code, output } = await runCollecting(findNode(), [file, `http://localhost:${port}`], {
      cwd: projectRoot,
      env: environment,
    });
    process.stdout.write(output);
    if (code !== 0) throw new Failure(output.trim().split('\n').at(-1) ?? 'The check failed.');
  } finally {
    await server.stop();
  }
}

function startServer(environment) {
  const child = spawn(process.execPath, [path.join('scripts', 'start.mjs')], {
    cwd: projectRoot,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  return { ready: waitUntilReady(child), stop: () => stopServer(child, exited) };
}

function waitUntilReady(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(
      () => reject(new Failure(`The server did not get ready:\n${output}`)),
      startTimeoutMs,
    );
    const read = (chunk) => {
      output += chunk;
      if (!/ is ready at http/.test(output)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('exit', () => {
      clearTimeout(timer);
      reject(new Failure(`The server ended before it was ready:\n${output}`));
    });
  });
}

async function stopServer(child, exited) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}

/** Below what systems give to whoever asks for any port: there it stays free until the server has it. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(12_000 + Math.floor(Math.random() * 20_000), '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
