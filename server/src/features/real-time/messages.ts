import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { isProblem } from '../../platform/errors.ts';
import { DuplicateKey, ForbiddenKey, parseStrictJson } from '../../platform/http/strict-json.ts';

const strict = { additionalProperties: false } as const;
const Ticket = Type.String({ minLength: 1, maxLength: 200 });
const StreamId = Type.String({ format: 'uuid' });

/** What a client may say. */
const ClientMessage = Type.Union([
  Type.Object({ type: Type.Literal('hello'), ticket: Type.Optional(Ticket) }, strict),
  Type.Object({ type: Type.Literal('renew'), ticket: Ticket }, strict),
  Type.Object(
    {
      type: Type.Literal('resume'),
      stream: StreamId,
      after_seq: Type.Optional(Type.Integer({ minimum: 0, maximum: 999_999_999 })),
    },
    strict,
  ),
  Type.Object({ type: Type.Literal('leave'), stream: StreamId }, strict),
  Type.Object({ type: Type.Literal('ping') }, strict),
  Type.Object({ type: Type.Literal('pong') }, strict),
]);
export type ClientMessage = Static<typeof ClientMessage>;

let compiled: ReturnType<typeof Compile<typeof ClientMessage>> | undefined;

/** A message of a client, or `undefined` when it is none. */
export function readMessage(text: string | undefined): ClientMessage | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  compiled ??= Compile(ClientMessage);
  return compiled.Check(value) ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (error instanceof SyntaxError || isProblem(error, DuplicateKey) || isProblem(error, ForbiddenKey))
      return undefined;
    throw error;
  }
}
