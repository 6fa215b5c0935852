import type { ProblemError } from '../errors.ts';
import { ModelBadResponse } from './model-errors.ts';

/** The line protocols that answers are streamed in. */
export type WireFormat = 'ndjson' | 'sse';

const longestLine = 8 * 1024 * 1024;

interface GuardOptions {
  format: WireFormat;
  providerName: string;
  /** What an error inside the stream means. */
  toProblem: (message: string) => ProblemError;
  /** Sees what the body fails with and says what to fail with instead. */
  keep: (error: unknown) => unknown;
}

/**
 * Passes on whole lines of a streamed answer and fails on the first that is no JSON or carries an error: the client
 * libraries print the one to the console and go on without it, and lose what the other says. Everything before the
 * fault is delivered first.
 */
export function guardWire(
  body: ReadableStream<Uint8Array>,
  options: GuardOptions,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const lines = new CheckedLines(createLineCheck(options), options.providerName);
  const encoder = new TextEncoder();
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    for (let passed = ''; passed === ''; ) {
      if (lines.problem) throw lines.problem;
      const { done, value } = await reader.read();
      passed = done ? lines.end() : lines.accept(value);
      if (passed !== '') controller.enqueue(encoder.encode(passed));
      if (done && !lines.problem) return controller.close();
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          await pull(controller);
        } catch (error) {
          controller.error(options.keep(error));
          await reader.cancel(error);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead: an error would throw away what was read but not yet taken.
    { highWaterMark: 0 },
  );
}

/** Cuts bytes into lines and holds back from the first bad one on. */
class CheckedLines {
  readonly #decoder = new TextDecoder();
  readonly #check: (line: string) => ProblemError | undefined;
  readonly #providerName: string;
  #tail = '';
  problem: ProblemError | undefined;

  constructor(check: (line: string) => ProblemError | undefined, providerName: string) {
    this.#check = check;
    this.#providerName = providerName;
  }

  /** Returns the whole good lines that are complete by now. */
  accept(bytes: Uint8Array): string {
    return this.#pass(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Takes what is left as the last line. */
  end(): string {
    const rest = this.#decoder.decode();
    return this.#tail + rest === '' ? '' : this.#pass(`${rest}\n`);
  }

  #pass(added: string): string {
    const text = this.#tail + added;
    let good = 0;
    for (let end = text.indexOf('\n', this.#tail.length); end !== -1; end = text.indexOf('\n', good)) {
      this.problem = this.#check(text.slice(good, end));
      if (this.problem) break;
      good = end + 1;
    }
    this.#tail = text.slice(good);
    if (this.#tail.length > longestLine) this.problem ??= unreadable(this.#providerName);
    return text.slice(0, good);
  }
}

function createLineCheck(options: GuardOptions): (line: string) => ProblemError | undefined {
  const checkJson = (json: string): ProblemError | undefined => {
    const value = parseObject(json);
    if (value === undefined) return unreadable(options.providerName);
    if (value.error === undefined || value.error === null) return undefined;
    return options.toProblem(errorMessage(value));
  };
  if (options.format === 'ndjson') return (line) => (line.trim() === '' ? undefined : checkJson(line));
  // An event's data may span several lines; an empty line ends it.
  let data: string[] = [];
  return (line) => {
    if (line.startsWith('data:')) data.push(line.slice(5).trim());
    if (line.trim() !== '' || data.length === 0) return undefined;
    const json = data.join('\n');
    data = [];
    return json === '[DONE]' ? undefined : checkJson(json);
  };
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The sentence in an error body: `{"error":"…"}` (Ollama) or `{"error":{"message":"…"}}` (OpenAI). */
export function errorMessage(body: Record<string, unknown>): string {
  const { error } = body;
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return typeof error.message === 'string' ? error.message : '';
}

function unreadable(providerName: string): ProblemError {
  return ModelBadResponse.with({
    detail: `${providerName} sent a part of the answer that cannot be read.`,
    reason: 'unreadable',
    params: { provider: providerName },
  });
}
