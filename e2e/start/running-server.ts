import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../lib/free-port.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');
const serverProgram = ['--disable-warning=ExperimentalWarning', path.join(projectRoot, 'server/src/main.ts')];
const waitLimitMs = 120_000;
const pollIntervalMs = 20;

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Polls until `condition` answers something; fails after two minutes with what was waited for and `details` of that moment. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  details: () => string = () => '',
): Promise<T> {
  const deadline = Date.now() + waitLimitMs;
  while (Date.now() < deadline) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    await delay(pollIntervalMs);
  }
  throw new Error(`Not within ${waitLimitMs / 1000} s: ${what}\n${details()}`.trim());
}

/** A temporary folder for one test; `remove` also removes a database that was placed elsewhere. */
export async function makeFolder(
  mode = 0o711,
): Promise<{ folder: string; data: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-start-'));
  await chmod(folder, mode);
  const data = path.join(folder, 'data');
  return {
    folder,
    data,
    async remove() {
      const elsewhere = await relocatedDatabase(data);
      if (elsewhere) await rm(elsewhere, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where the pointer file in a data folder says that the database is. */
async function relocatedDatabase(data: string): Promise<string | undefined> {
  const text = await readFile(path.join(data, 'database-location.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { database: string }).database;
}

function programOptions(data: string, port: number): SpawnOptions {
  return {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, AIWFE_DATA_DIR: data, PORT: String(port) },
  };
}

function collect(child: ChildProcess): Outcome {
  const outcome: Outcome = { status: null, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    outcome.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    outcome.stderr += chunk;
  });
  return outcome;
}

/** Runs one command of `aiwfe` to its end; `serve` without the launcher's check of the web build. */
export async function runCommand(
  parameters: string[],
  options: { data: string; port?: number; input?: string },
): Promise<Outcome> {
  const child = spawn(
    process.execPath,
    [
      ...(parameters[0] === 'serve' ? serverProgram : [path.join(projectRoot, 'scripts/aiwfe.mjs')]),
      ...parameters,
    ],
    programOptions(options.data, options.port ?? 0),
  );
  const outcome = collect(child);
  child.stdin?.end(options.input ?? '');
  const [status] = (await once(child, 'close')) as [number | null];
  return { ...outcome, status };
}

export interface RunningServer {
  pid: number;
  url: string;
  output: Outcome;
  exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
  /** Ends it as Ctrl-C does and waits. */
  stop(): Promise<number | null>;
}

/** Starts the server program and waits for its ready line. */
export async function startServer(data: string, port?: number): Promise<RunningServer> {
  const used = port ?? (await freePort());
  const parameters = [
    '--disable-warning=ExperimentalWarning',
    path.join(projectRoot, 'server/src/main.ts'),
    'serve',
  ];
  return waitForReady(spawn(process.execPath, parameters, programOptions(data, used)));
}

/** Starts as `npm start` does, as the leader of a process group, the way a terminal runs it. */
export async function startLikeTerminal(data: string): Promise<RunningServer> {
  const options = { ...programOptions(data, await freePort()), detached: true };
  return waitForReady(spawn(process.execPath, [path.join(projectRoot, 'scripts/start.mjs')], options));
}

async function waitForReady(child: ChildProcess): Promise<RunningServer> {
  const output = collect(child);
  let ended = false;
  const exited = once(child, 'close').then(([status]) => {
    ended = true;
    return status as number | null;
  });
  const said = () => `${output.stdout}${output.stderr}`;
  const isReady = async () => {
    if (ended) throw new Error(`The server ended early:\n${said()}`);
    return /is ready at (http:\S+)/.exec(output.stdout)?.[1];
  };
  const url = await until('ready line', isReady, said).catch((error: unknown) => {
    child.kill('SIGINT');
    throw error;
  });
  return {
    pid: child.pid ?? 0,
    url,
    output,
    exited,
    kill: (signal) => void child.kill(signal),
    stop() {
      child.kill('SIGINT');
      return exited;
    },
  };
}

/** Sends Ctrl-C to the whole process group of `server`. */
export function pressCtrlC(server: RunningServer): void {
  process.kill(-server.pid, 'SIGINT');
}

/** The answer of /health, or undefined while nobody answers. */
export async function readHealth(url: string): Promise<{ status: string; httpStatus: number } | undefined> {
  try {
    const response = await fetch(`${url}/health`);
    const body = (await response.json()) as { status: string };
    return { status: body.status, httpStatus: response.status };
  } catch {
    return undefined;
  }
}

/** The process number of the PostgreSQL server of a data folder. */
export async function postmasterPid(data: string): Promise<number | undefined> {
  const home = (await relocatedDatabase(data)) ?? path.join(data, 'postgres');
  const text = await readFile(path.join(home, 'data/postmaster.pid'), 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0]);
  return pid > 0 ? pid : undefined;
}

/** Command lines of the processes that work in or name `folder`. */
export async function processesOf(folder: string): Promise<string[]> {
  const numbers = (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  const found = await Promise.all(
    numbers.map(async (number) => {
      const command = await readFile(`/proc/${number}/cmdline`, 'utf8').catch(() => '');
      const environment = await readFile(`/proc/${number}/environ`, 'utf8').catch(() => '');
      const workingFolder = await readlink(`/proc/${number}/cwd`).catch(() => '');
      return [command, environment, workingFolder].some((text) => text.includes(folder))
        ? `${number} ${command.replaceAll('\0', ' ')}`
        : undefined;
    }),
  );
  return found.filter((line) => line !== undefined);
}
