import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { EmbeddedDatabaseError, systemErrorCode } from './embedded-errors.ts';

/** The account that PostgreSQL runs as; it refuses to run as root. */
export interface ServerAccount {
  name: string;
  uid: number;
  gid: number;
}

const candidateNames = ['aiwfe', 'postgres', 'nobody'];

/**
 * The unprivileged account for PostgreSQL when this process is root, else undefined (it then runs as ourselves).
 * Throws `no_account` when root has no such account to use.
 */
export async function findServerAccount(): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = new Map<string, ServerAccount>();
  for (const line of (await readFile('/etc/passwd', 'utf8')).split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && Number(uid) > 0) accounts.set(name, { name, uid: Number(uid), gid: Number(gid) });
  }
  for (const name of candidateNames) {
    const account = accounts.get(name);
    if (account) return account;
  }
  throw new EmbeddedDatabaseError(
    'no_account',
    'PostgreSQL does not run as root and there is no account "aiwfe", "postgres" or "nobody" to run it as. ' +
      'Create one (useradd --system aiwfe) or start as an ordinary user.',
  );
}

/** True when `account` may pass through every folder down to and including `folder`. */
export async function canReach(account: ServerAccount | undefined, folder: string): Promise<boolean> {
  if (!account) return true;
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    const { mode, uid, gid } = await stat(current);
    const searchBit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & searchBit) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/** True while a process of this number exists, whoever it belongs to. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
