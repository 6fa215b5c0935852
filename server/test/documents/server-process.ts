import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');
const root = path.resolve(import.meta.dirname, '../../..');
const password = 'killed horse battery staple 42';
const healthyWithinMs = 60_000;

/** The whole server as people start it, on a data folder; it can be killed and started again. */
export interface ServerProcess {
  url: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  terminate(): Promise<void>;
}

function environment(dataDir: string, port: number): NodeJS.ProcessEnv {
  const { DATABASE_URL: _url, DATABASE_DIRECT_URL: _direct, ...rest } = process.env;
  return { ...rest, AIWFE_DATA_DIR: dataDir, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'error' };
}

/** Starts the server on its embedded database and waits until it is healthy. */
export async function startServerProcess(dataDir: string, port: number): Promise<ServerProcess> {
  const child = spawn(process.execPath, [main, 'serve'], {
    cwd: root,
    env: environment(dataDir, port),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + healthyWithinMs;
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null) throw new Error(`The server ended with status ${child.exitCode}.`);
    if (Date.now() > deadline) throw new Error('The server did not become healthy.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, kill: () => end(child, 'SIGKILL'), terminate: () => end(child, 'SIGTERM') };
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  );
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** Makes an administrator beside the running server and signs in. Returns the headers of unsafe requests. */
export async function signInAsAdmin(
  server: Pick<ServerProcess, 'url'>,
  dataDir: string,
): Promise<Record<string, string>> {
  const email = 'admin@example.org';
  const port = Number(new URL(server.url).port);
  const made = spawnSync(
    process.execPath,
    [main, 'create-user', '--email', email, '--role', 'admin', '--password-stdin'],
    { cwd: root, env: environment(dataDir, port), input: `${password}\n`, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`create-user: ${made.stderr}`);
  const jar = new Map<string, string>();
  const token = await fetch(`${server.url}/api/v1/auth/csrf-token`);
  const first = await keep<{ csrf_token: string }>(token, jar);
  const answer = await fetch(`${server.url}/api/v1/auth/jwt/login`, {
    method: 'POST',
    headers: { ...headersOf(jar, first.csrf_token, server.url), 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const signedIn = await keep<{ csrf_token: string }>(answer, jar);
  return headersOf(jar, signedIn.csrf_token, server.url);
}

async function keep<Body>(response: Response, jar: Map<string, string>): Promise<Body> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
  }
  return (await response.json()) as Body;
}

function headersOf(jar: Map<string, string>, csrf: string, origin: string): Record<string, string> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  return { cookie, 'x-csrf-token': csrf, origin };
}
