import { createRequire } from 'node:module';
import type buildSerializer from 'fast-json-stringify';
import type { FastifySerializerCompiler } from 'fastify';
import type { TSchema } from 'typebox';

type Serialize = (value: unknown) => string;

/**
 * Serialises answers by their schema, which leaves out undeclared fields. Each serialiser is compiled at its first
 * answer: compiling those of all routes took a tenth of a second at every start, and most are never asked for.
 */
export const compileSerializer: FastifySerializerCompiler<TSchema> = ({ schema }) => {
  let serialize: Serialize | undefined;
  return (value: unknown) => {
    serialize ??= loadCompiler()(schema);
    return serialize(value);
  };
};

function loadCompiler(): typeof buildSerializer {
  return createRequire(import.meta.url)('fast-json-stringify') as typeof buildSerializer;
}

/** Keeps Fastify from loading its own compilers (Ajv among them) at the start: ours are set on the server. */
export const noBuiltInCompilers = {
  compilersFactory: { buildValidator: neverBuilt, buildSerializer: neverBuilt },
};

function neverBuilt(): never {
  throw new Error('A schema was to be compiled before the compilers were set.');
}
