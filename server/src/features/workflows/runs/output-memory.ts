import { itemPath } from './frames.ts';
import type { Activation } from './run-state.ts';

const maxBytes = 4 * 1024 * 1024;
const maxOfNode = 200;

interface Remembered {
  path: string;
  number: number;
  output: unknown;
  bytes: number;
}

/**
 * The last outputs of a run's steps, so that what follows need not read what this attempt has just brought. Bounded: what
 * does not fit is forgotten and read from the database again.
 */
export class OutputMemory {
  /** Nothing had ended before: what is not here is nowhere. */
  readonly #isWhole: boolean;
  readonly #byNode = new Map<string, Remembered[]>();
  readonly #forgotten = new Set<string>();
  #bytes = 0;

  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
  }

  note({ nodeId, frame, number }: Activation, output: unknown): void {
    const bytes = typeof output === 'string' ? output.length : JSON.stringify(output).length;
    const own = this.#byNode.get(nodeId) ?? [];
    own.push({ path: itemPath(frame), number, output, bytes });
    this.#byNode.set(nodeId, own);
    this.#bytes += bytes;
    while (own.length > maxOfNode || (this.#bytes > maxBytes && own.length > 0)) this.#forget(nodeId, own);
  }

  #forget(nodeId: string, own: Remembered[]): void {
    this.#forgotten.add(nodeId);
    this.#bytes -= own.shift()?.bytes ?? 0;
  }

  /** The last output of a step as another one at this place sees it; `unknown`: the database has to be asked. */
  find(nodeId: string, frame: string): { output: unknown } | 'none' | 'unknown' {
    const from = itemPath(frame);
    let found: Remembered | undefined;
    for (const one of this.#byNode.get(nodeId) ?? [])
      if (from.startsWith(one.path) && one.number > (found?.number ?? 0)) found = one;
    if (found) return { output: found.output };
    return this.#isWhole && !this.#forgotten.has(nodeId) ? 'none' : 'unknown';
  }
}
