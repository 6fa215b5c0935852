import type { Static, TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { ModelBadResponse } from './model-errors.ts';
import type { ModelGateway } from './model-gateway.ts';
import type { ChatMessage, ChatRequest } from './model-types.ts';

export interface JsonRequest<Schema extends TSchema> extends Omit<ChatRequest, 'format' | 'tools'> {
  /** Names the kind of answer for servers that want a name: letters, digits, `_` and `-`. */
  name: string;
  schema: Schema;
}

const maxAnswerCharacters = 1024 * 1024;
const maxNamedFaults = 10;

/**
 * Asks a model for JSON of a schema and checks it. An answer that does not fit is shown to the model once, with what is
 * wrong; the second such answer throws `models.bad_response`.
 */
export async function askForJson<Schema extends TSchema>(
  gateway: Pick<ModelGateway, 'streamChat'>,
  { name, schema, ...request }: JsonRequest<Schema>,
): Promise<Static<Schema>> {
  // Symbols and functions of the schema library stay here; servers get plain JSON.
  const format = { name, schema: JSON.parse(JSON.stringify(schema)) as Record<string, unknown> };
  const first = await readWhole(gateway, { ...request, format });
  const read = parse(schema, first);
  if (read.ok) return read.value;
  const messages: ChatMessage[] = [
    ...request.messages,
    { role: 'assistant', content: first },
    {
      role: 'user',
      content: `That is not the JSON that was asked for: ${read.fault} Answer again with the corrected JSON only.`,
    },
  ];
  const idempotencyKey = `${request.idempotencyKey}:repair`;
  const second = parse(schema, await readWhole(gateway, { ...request, messages, idempotencyKey, format }));
  if (second.ok) return second.value;
  const detail = `${request.model.label} did not answer in the form that was asked for. ${second.fault}`;
  const params = { model: request.model.label, fault: second.fault };
  throw ModelBadResponse.with({ detail, reason: 'form', params });
}

async function readWhole(gateway: Pick<ModelGateway, 'streamChat'>, request: ChatRequest): Promise<string> {
  let text = '';
  for await (const event of gateway.streamChat(request)) {
    if (event.type === 'text') text += event.text;
    if (text.length > maxAnswerCharacters) {
      const detail = `${request.model.label} answered without an end.`;
      throw ModelBadResponse.with({ detail, reason: 'endless', params: { model: request.model.label } });
    }
  }
  return text;
}

type Parsed<Value> = { ok: true; value: Value } | { ok: false; fault: string };

function parse<Schema extends TSchema>(schema: Schema, text: string): Parsed<Static<Schema>> {
  const value = readJson(text);
  if (value === undefined) return { ok: false, fault: 'It cannot be read as JSON.' };
  if (Check(schema, value)) return { ok: true, value };
  const faults = Errors(schema, value).slice(0, maxNamedFaults);
  const named = faults.map((fault) => `${fault.instancePath || '/'} ${fault.message}`);
  return { ok: false, fault: `${named.join('; ')}.` };
}

/** The JSON of an answer, also where a model puts it into a code block or a sentence around it. */
function readJson(text: string): unknown {
  const bare = /```(?:json)?\s*([\s\S]*?)```/.exec(text)?.[1] ?? text;
  const begin = bare.search(/[[{]/);
  const end = Math.max(bare.lastIndexOf('}'), bare.lastIndexOf(']'));
  for (const candidate of [bare, begin === -1 ? undefined : bare.slice(begin, end + 1)]) {
    if (candidate === undefined) continue;
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      // Not JSON as it stands: what is left is the part between the outermost brackets.
    }
  }
  return undefined;
}
