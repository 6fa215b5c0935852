import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'server/src/main.ts');
// As `npm start` runs it (scripts/node-runtime.mjs).
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--expose-gc'];

export interface Product {
  url: string;
  pid: number;
  dataDir: string;
  env: NodeJS.ProcessEnv;
  /** Milliseconds from the start of the process to a healthy answer. */
  healthyAfterMs: number;
  stop(): Promise<void>;
}

export interface SignedIn {
  cookie: string;
  csrf: string;
}

/** A port that nobody uses at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * A new temporary data folder. Root's lets the database's account pass through, so that the database stays inside and is
 * removed with it.
 */
export function newDataDir(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'aiwfe-bench-'));
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  return folder;
}

export function removeDataDir(dataDir: string): void {
  const pointer = path.join(dataDir, 'database-location.json');
  // Where nobody but root may enter the temporary folder itself, the database is elsewhere.
  if (existsSync(pointer)) {
    const { database } = JSON.parse(readFileSync(pointer, 'utf8')) as { database: string };
    rmSync(database, { recursive: true, force: true });
  }
  rmSync(dataDir, { recursive: true, force: true });
}

/** Starts the real server (`cpu` pins it to one core) and waits until it is healthy. */
export async function startProduct(
  options: { dataDir?: string; cpu?: number; env?: Record<string, string> } = {},
): Promise<Product> {
  const dataDir = options.dataDir ?? newDataDir();
  const port = await freePort();
  const env = {
    ...serverEnvironment(dataDir, port),
    NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/aiwfe-compiled'),
    ...options.env,
  };
  const command =
    options.cpu === undefined ? [process.execPath] : ['taskset', '-c', String(options.cpu), process.execPath];
  const [program = '', ...first] = command;
  const began = performance.now();
  const child = spawn(program, [...first, ...nodeFlags, main, 'serve'], {
    env,
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitUntilHealthy(child, url);
  } catch (error) {
    await stopChild(child);
    if (options.dataDir === undefined) removeDataDir(dataDir);
    throw error;
  }
  return {
    url,
    pid: child.pid ?? 0,
    dataDir,
    env,
    healthyAfterMs: performance.now() - began,
    stop: () => stopChild(child),
  };
}

function serverEnvironment(dataDir: string, port: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AIWFE_DATA_DIR: dataDir,
    PORT: String(port),
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
  };
}

/** Runs `npm start` as a person would, npm itself included; answers milliseconds to a healthy answer, and stops it. */
export async function npmStartMs(dataDir: string): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  // A process group of its own: npm passes a signal on to its shell only, Ctrl-C in a terminal reaches all.
  const child = spawn('npm', ['start', '--silent'], {
    env: serverEnvironment(dataDir, port),
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const closed = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await waitUntilHealthy(child, `http://127.0.0.1:${port}`);
    return performance.now() - began;
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await closed;
  }
}

async function waitUntilHealthy(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The server ended with status ${child.exitCode}.`);
    const healthy = await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('The server did not become healthy within 60 s.');
}

function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/** Makes an account beside the running server and signs it in. */
export async function signIn(product: Product, email: string, role = 'user'): Promise<SignedIn> {
  const password = 'bench horse battery staple 42';
  const made = spawnSync(
    process.execPath,
    [...nodeFlags, main, 'create-user', '--email', email, '--role', role, '--password-stdin'],
    { input: `${password}\n`, env: product.env, encoding: 'utf8', cwd: root },
  );
  if (made.status !== 0) throw new Error(`create-user: ${made.stderr}`);
  const jar = new Map<string, string>();
  const token = await fetch(`${product.url}/api/v1/auth/csrf-token`);
  keepCookies(token, jar);
  const { csrf_token } = (await token.json()) as { csrf_token: string };
  const response = await fetch(`${product.url}/api/v1/auth/jwt/login`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-csrf-token': csrf_token,
      cookie: cookieHeader(jar),
      origin: product.url,
    },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
  keepCookies(response, jar);
  const signedIn = (await response.json()) as { csrf_token: string };
  return { cookie: cookieHeader(jar), csrf: signedIn.csrf_token };
}

export function keepCookies(response: Response, jar: Map<string, string>): void {
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

export function cookieHeader(jar: Map<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}

const ticksPerSecond = 100;

/** User and system CPU seconds of a process so far (Linux). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** CPU milliseconds so far of a process, and of it with everything it started (Linux; threads that ended not counted). */
export function cpuMsOfTree(pid: number): { self: number; tree: number } {
  let tree = 0;
  for (const member of membersOfTree(pid)) tree += cpuMs(member.id);
  return { self: cpuMs(pid), tree };
}

function cpuMs(pid: number): number {
  let nanoseconds = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`))
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
  } catch (error) {
    if (!hasEnded(error)) throw error;
  }
  return nanoseconds / 1e6;
}

/** PostgreSQL's own workers come and go while they are looked at. */
function hasEnded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}

/** Resident memory in megabytes of a process and everything it started. */
export function memoryOfTree(pid: number): number {
  return membersOfTree(pid).reduce((sum, member) => sum + member.rssMb, 0);
}

function membersOfTree(pid: number): { id: number; rssMb: number }[] {
  const { stdout } = spawnSync('ps', ['-e', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const members = new Set([pid]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [child = 0, parent = 0] of rows)
      if (members.has(parent) && !members.has(child)) {
        members.add(child);
        grown = true;
      }
  }
  return rows.flatMap(([id = 0, , rss = 0]) => (members.has(id) ? [{ id, rssMb: rss / 1024 }] : []));
}
