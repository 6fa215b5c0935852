import { Console } from 'node:console';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ProblemError } from '../../../platform/errors.ts';
import type { ChildMessage, ChildTask } from './extraction.types.ts';

/** Progress is told at most this often. */
const progressEveryMs = 200;

// Nothing that is read may reach the network; the permission model of this Node version does not cover sockets.
Socket.prototype.connect = () => {
  throw new Error('A file reader opens no connections');
};

// Standard output carries the protocol: whatever a library prints goes to standard error.
globalThis.console = new Console(process.stderr);

/** Waits until the parent takes what was written: that keeps the memory of both sides bounded. */
async function send(message: ChildMessage): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(message)}\n`)) await once(process.stdout, 'drain');
}

function failure(error: unknown): ChildMessage {
  const told = error instanceof ProblemError ? error.cause : error;
  // Too deep nesting and the like: the file is at fault, and the parent logs the exact words.
  if (told instanceof Error) process.stderr.write(`${told.stack ?? told.message}\n`);
  if (error instanceof ProblemError) return { type: 'failed', code: error.code, detail: error.detail };
  return { type: 'failed', code: 'documents.damaged', detail: '' };
}

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const [line] = (await once(lines, 'line')) as [string];
  // The parent keeps its end open while it lives: a closed input means nobody waits for the result.
  lines.on('close', () => process.exit(1));
  const task = JSON.parse(line) as ChildTask;
  let toldAt = 0;
  try {
    const { readDocument } = await import('./read-document.ts');
    const summary = await readDocument(task, {
      batch: (pages, chunks) => send({ type: 'batch', pages, chunks }),
      progress: (done, total) => {
        if (Date.now() - toldAt < progressEveryMs && done !== total) return;
        toldAt = Date.now();
        process.stdout.write(`${JSON.stringify({ type: 'progress', done, total } satisfies ChildMessage)}\n`);
      },
    });
    await send({ type: 'done', summary });
  } catch (error) {
    await send(failure(error));
  }
  process.stdout.end(() => process.exit(0));
}

await main();
