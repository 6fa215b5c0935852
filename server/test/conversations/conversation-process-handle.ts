import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ConversationWorldOptions } from './conversation-world.ts';

export interface ConversationProcess {
  url: string;
  child: ChildProcess;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Asks it to stop, as a service manager would. Resolves with the exit code. */
  terminate(): Promise<number | null>;
}

/** Starts the conversations feature in a process of its own. */
export async function startConversationProcess(
  options: Omit<ConversationWorldOptions, 'passages' | 'extracts'>,
): Promise<ConversationProcess> {
  const entry = path.join(import.meta.dirname, 'conversation-process.ts');
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`the process ended with ${code} before it was ready`)),
    ),
  ]);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    url: (JSON.parse(first) as { url: string }).url,
    child,
    kill: async () => void (await end('SIGKILL')),
    terminate: () => end('SIGTERM'),
  };
}
