import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProblemError } from '../../../platform/errors.ts';
import type { ChunkDraft } from '../chunking/chunk-draft.ts';
import { readMessages } from './child-messages.ts';
import {
  type ChildMessage,
  type ChildTask,
  defaultExtractionLimits,
  type ExtractedPage,
  type ExtractionLimits,
  type ExtractionRequest,
  type ExtractionSink,
  type ExtractionSummary,
} from './extraction.types.ts';
import {
  DocumentDamaged,
  ExtractionFailed,
  ExtractionOutOfMemory,
  ExtractionTimedOut,
  extractionErrors,
} from './extraction-errors.ts';

const childProgram = path.join(import.meta.dirname, 'child.ts');
const memoryCheckMs = 200;
const pageBytes = 4_096;
/** V8 reports its own end in words; the exit code alone (134) could be anything. */
const heapExhausted =
  /heap out of memory|Reached heap limit|ERR_MEMORY_ALLOCATION_FAILED|Array buffer allocation failed/;
const keptDiagnostics = 4_096;

/**
 * Reads a stored file in a child process with bounded time and memory, no environment, and no right to write files,
 * start programs or load native code (S35). Pages and chunks go to `sink` as they come. Throws the codes of
 * `extraction-errors.ts`; an aborted `signal` kills the child and throws its reason.
 */
export async function extractDocument(
  request: ExtractionRequest,
  sink: ExtractionSink = {},
): Promise<ExtractionSummary> {
  request.signal?.throwIfAborted();
  const limits = { ...defaultExtractionLimits, ...request.limits };
  const child = startChild(request.filePath, limits);
  const guard = new ChildGuard(child, limits, request.signal);
  try {
    const task: ChildTask = { filePath: request.filePath, kind: request.kind, limits };
    // The write end stays open: its closing tells the child that this process is gone.
    child.stdin?.write(`${JSON.stringify(task)}\n`);
    return await receive(child, guard, sink);
  } catch (error) {
    throw guard.reason ?? error;
  } finally {
    guard.release();
  }
}

/** As {@link extractDocument}, with all pages and chunks in memory: for files known to be small. */
export async function extractWhole(
  request: ExtractionRequest,
): Promise<ExtractionSummary & { pages: ExtractedPage[]; chunks: ChunkDraft[] }> {
  const pages: ExtractedPage[] = [];
  const chunks: ChunkDraft[] = [];
  const summary = await extractDocument(request, {
    onBatch(morePages, moreChunks) {
      for (const page of morePages) pages.push(page);
      for (const chunk of moreChunks) chunks.push(chunk);
    },
  });
  return { ...summary, pages, chunks };
}

async function receive(
  child: ChildProcess,
  guard: ChildGuard,
  sink: ExtractionSink,
): Promise<ExtractionSummary> {
  if (!child.stdout) throw ExtractionFailed.with();
  for await (const message of readMessages(child.stdout)) {
    guard.touch();
    if (message.type === 'done') return message.summary;
    if (message.type === 'failed') throw problemOf(message, guard.diagnostics);
    await guard.whilePaused(() => deliver(message, sink));
  }
  throw await guard.unexpectedEnd();
}

async function deliver(message: ChildMessage, sink: ExtractionSink): Promise<void> {
  if (message.type === 'progress') await sink.onProgress?.({ done: message.done, total: message.total });
  if (message.type === 'batch') await sink.onBatch?.(message.pages, message.chunks);
}

function problemOf(message: { code: string; detail: string }, diagnostics: string): ProblemError {
  const definition = extractionErrors.find((known) => known.code === message.code) ?? DocumentDamaged;
  const cause = diagnostics === '' ? {} : { cause: new Error(diagnostics) };
  return definition.with(message.detail === '' ? cause : { detail: message.detail, ...cause });
}

/** The bounds in which the child runs: how Node is started for it. */
export function sandbox(filePath: string, limits: ExtractionLimits) {
  const heapMegabytes = Math.floor((limits.maxMemoryBytes / 1_048_576) * 0.7);
  const readable = [filePath, ...programFolders()].map((folder) => `--allow-fs-read=${folder}`);
  return {
    flags: [`--max-old-space-size=${heapMegabytes}`, '--permission', ...readable],
    options: { cwd: os.tmpdir(), env: {}, windowsHide: true },
  };
}

function startChild(filePath: string, limits: ExtractionLimits): ChildProcess {
  const { flags, options } = sandbox(filePath, limits);
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [...flags, childProgram], { ...options, stdio });
  // A child that is gone breaks its pipes; what happened is told by its end, not by the pipe.
  child.stdin?.on('error', () => child.kill('SIGKILL'));
  return child;
}

/** What the child may read besides its file: this program and its packages. */
function programFolders(): string[] {
  const server = path.resolve(import.meta.dirname, '../../../..');
  const packages = fileURLToPath(import.meta.resolve('pdfjs-dist/package.json'));
  const installed = path.resolve(path.dirname(packages), '..');
  return [...new Set([server, installed, path.join(path.dirname(installed), 'package.json')])];
}

/** Ends the child when it takes too long, too much memory, or when nobody wants the result any more. */
class ChildGuard {
  /** Why the child was ended, when this guard did it. */
  reason: unknown;
  readonly #child: ChildProcess;
  readonly #limits: ExtractionLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#end(this.#signal?.reason);
  readonly #whole: NodeJS.Timeout;
  readonly #memory: NodeJS.Timeout;
  readonly #closed: Promise<number | null>;
  #idle: NodeJS.Timeout | undefined;
  /** The end of what the child wrote to its standard error. */
  diagnostics = '';

  constructor(child: ChildProcess, limits: ExtractionLimits, signal: AbortSignal | undefined) {
    this.#child = child;
    this.#limits = limits;
    this.#signal = signal;
    this.#whole = setTimeout(() => this.#end(ExtractionTimedOut.with()), limits.timeoutMs);
    this.#memory = setInterval(() => void this.#checkMemory(), memoryCheckMs);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#closed = new Promise((resolve) => {
      child.once('close', (code) => resolve(code));
      child.once('error', (error) => {
        this.reason ??= ExtractionFailed.with({ cause: error });
        resolve(null);
      });
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.diagnostics = (this.diagnostics + text).slice(-keptDiagnostics);
    });
    this.touch();
  }

  /** Restarts the idle clock: the child gave a sign of life. */
  touch(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(ExtractionTimedOut.with()), this.#limits.idleTimeoutMs);
  }

  /** The child is not idle while it waits for us. */
  async whilePaused(work: () => Promise<void>): Promise<void> {
    clearTimeout(this.#idle);
    await work();
    this.touch();
  }

  /** The error for output that ended without a result. */
  async unexpectedEnd(): Promise<unknown> {
    const code = await this.#closed;
    if (this.reason !== undefined) return this.reason;
    if (heapExhausted.test(this.diagnostics)) return ExtractionOutOfMemory.with();
    return ExtractionFailed.with({ cause: new Error(`exit code ${code}: ${this.diagnostics}`) });
  }

  release(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#whole);
    clearInterval(this.#memory);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#child.kill('SIGKILL');
  }

  #end(reason: unknown): void {
    this.reason ??= reason;
    this.#child.kill('SIGKILL');
  }

  /** The heap limit of V8 does not count buffers; where the system tells resident memory, that is bounded too. */
  async #checkMemory(): Promise<void> {
    try {
      const statm = await readFile(`/proc/${this.#child.pid}/statm`, 'utf8');
      if (Number(statm.split(' ')[1]) * pageBytes > this.#limits.maxMemoryBytes)
        this.#end(ExtractionOutOfMemory.with());
    } catch {
      // No such file: the child has just ended, or the system has no /proc and the heap limit alone applies.
      clearInterval(this.#memory);
    }
  }
}
