import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A worker in a process of its own, to be killed and started again. */
export interface KillableWorker {
  /** Resolves when it is at work; rejects when it ends instead. */
  start(): Promise<void>;
  /** kill -9. Nothing happens where none runs. */
  kill(): Promise<void>;
}

/** A worker on this database; `settings` are further variables of its environment. */
export function createKillableWorker(
  connectionString: string,
  settings: Record<string, string> = {},
): KillableWorker {
  const entry = path.join(import.meta.dirname, 'workflow-process.ts');
  let running: ChildProcess | undefined;
  return {
    async start() {
      const child = spawn(process.execPath, [entry, connectionString, JSON.stringify(settings)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running = child;
      await Promise.race([
        once(createInterface({ input: child.stdout }), 'line'),
        once(child, 'exit').then(([code]) => Promise.reject(new Error(`the worker ended with ${code}`))),
      ]);
    },
    async kill() {
      const child = running;
      running = undefined;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
