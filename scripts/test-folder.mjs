import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * The one temporary folder of a test run: it is TMPDIR of everything that the run starts, so that whatever is still
 * alive at the end can be told by it.
 */
export function openTestFolder() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aiwfe-run-'));
  // Databases of the tests run as another account when we are root.
  chmodSync(folder, 0o711);
  return {
    folder,
    /** Ends what still runs; answers the command lines. */
    endProcesses() {
      const alive = findProcesses(folder);
      for (const { pid } of alive) end(pid);
      return alive.map(({ pid, command }) => `${pid} ${command}`);
    },
    remove() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

function findProcesses(folder) {
  if (process.platform !== 'linux') return [];
  const found = readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? describe(Number(name), folder) : [],
  );
  return found.filter(({ pid }) => pid !== process.pid);
}

function describe(pid, folder) {
  const command = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    .replaceAll('\0', ' ')
    .trim();
  const environment = read(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).split('\0');
  const workingFolder = read(() => readlinkSync(`/proc/${pid}/cwd`));
  const belongs =
    environment.includes(`TMPDIR=${folder}`) || command.includes(folder) || workingFolder.startsWith(folder);
  return belongs ? [{ pid, command: command.slice(0, 200) }] : [];
}

/** Processes come and go, and other people's are closed to us: neither is ours then. */
function read(get) {
  try {
    return get();
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ESRCH', 'EPERM'].includes(error.code)) return '';
    throw error;
  }
}

function end(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
