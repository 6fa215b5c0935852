import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { report } from '../lib/figures.ts';
import { startPeer } from '../lib/load.ts';
import { benchPassword } from '../lib/people.ts';
import { freePort } from '../lib/product.ts';
import { cookiesOf, openConnection, prepareRequest, type RawAnswer } from '../lib/raw-client.ts';

const packages = ['better-auth@1.7.7', 'pg@8.23.1', '@node-rs/argon2@2.2.1'];
const installTimeoutMs = 120_000;

export interface BetterAuth {
  url: string;
  child: ChildProcess;
  /** Makes an account, which is signed in then: its cookies. */
  signUp(email: string): Promise<string>;
  signInRequest(email: string): Buffer;
}

/**
 * Puts better-auth into a folder of its own, far from this project's dependencies. `undefined`, with a figure that says
 * so, where it cannot be had.
 */
export function installBetterAuth(id: string): { folder: string; remove(): void } | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'aiwfe-bench-peer-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  const installed = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...packages],
    { cwd: folder, encoding: 'utf8', timeout: installTimeoutMs },
  );
  if (installed.status === 0) return { folder, remove };
  console.error(installed.stderr);
  remove();
  const name = 'better-auth 1.7.7: not installed (no network?), so not measured';
  report({ id, name, ours: 0, baseline: null, unit: 'requests/s', target: '—', met: false });
  return undefined;
}

/** Starts it on a database of its own. `cpu` pins it to one core. */
export async function startBetterAuth(options: {
  folder: string;
  database: string;
  hash: 'its own' | 'argon2id';
  cpu?: number;
}): Promise<BetterAuth> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { child } = await startPeer(path.join(import.meta.dirname, 'better-auth-server.ts'), {
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
    env: {
      NODE_ENV: 'production',
      BETTER_AUTH_FOLDER: options.folder,
      DATABASE_URL: options.database,
      HASH: options.hash,
      PORT: String(port),
    },
  });
  const headers = { host: `127.0.0.1:${port}`, origin: url, 'content-type': 'application/json' };
  const request = (route: string, body: object): Buffer =>
    prepareRequest('POST', `/api/auth/${route}`, headers, JSON.stringify(body));
  return {
    url,
    child,
    async signUp(email) {
      const connection = await openConnection(port);
      const answer = await connection.send(
        request('sign-up/email', { email, password: benchPassword, name: 'Bench' }),
      );
      connection.close();
      return cookiesOf(refuseFailed(answer));
    },
    signInRequest: (email) => request('sign-in/email', { email, password: benchPassword }),
  };
}

export function refuseFailed(answer: RawAnswer): RawAnswer {
  if (answer.status !== 200) throw new Error(`better-auth: ${answer.status} ${answer.body}`);
  return answer;
}
