import type { ToolCallChunk } from '@langchain/core/messages';
import { v7 as uuidv7 } from 'uuid';
import { ModelBadResponse } from './model-errors.ts';
import type { ProviderConnection, ToolCall } from './model-types.ts';

interface Draft {
  id: string | undefined;
  name: string;
  json: string;
}

/**
 * Puts tool calls together that arrive in pieces. OpenAI-compatible servers send the arguments in parts tied together by
 * the index; Ollama sends each call whole, all with the same index. Some servers send no ids: then we give them.
 */
export class ToolCallCollector {
  readonly #drafts: Draft[] = [];
  readonly #byIndex = new Map<number, Draft>();
  readonly #provider: Pick<ProviderConnection, 'kind' | 'name'>;

  constructor(provider: Pick<ProviderConnection, 'kind' | 'name'>) {
    this.#provider = provider;
  }

  add(chunks: readonly ToolCallChunk[] = []): void {
    for (const chunk of chunks) {
      const draft = this.#draftOf(chunk);
      draft.id ??= chunk.id || undefined;
      draft.name += chunk.name ?? '';
      draft.json += chunk.args ?? '';
    }
  }

  /** The calls in the order in which they began. Throws `models.bad_response` when one cannot be read. */
  finish(): ToolCall[] {
    return this.#drafts.map(({ id, name, json }) => ({
      id: id ?? `call_${uuidv7()}`,
      name,
      arguments: this.#readArguments(name, json),
    }));
  }

  #draftOf({ id, index, name }: ToolCallChunk): Draft {
    const last = this.#drafts.at(-1);
    if (this.#provider.kind === 'openai') {
      const known = index === undefined ? last : this.#byIndex.get(index);
      // Another id under the same index is another call: there are servers that count nothing.
      const isSame = known && (!id || known.id === undefined || known.id === id);
      if (isSame && !(index === undefined && name)) return known;
    }
    const draft: Draft = { id: undefined, name: '', json: '' };
    this.#drafts.push(draft);
    if (index !== undefined) this.#byIndex.set(index, draft);
    return draft;
  }

  #readArguments(name: string, json: string): Record<string, unknown> {
    const value = parse(json.trim() === '' ? '{}' : json);
    if (name !== '' && typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
    const detail = `${this.#provider.name} asked for the tool “${name}” in a way that cannot be read.`;
    throw ModelBadResponse.with({
      detail,
      reason: 'tool_call',
      params: { provider: this.#provider.name, tool: name },
    });
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
