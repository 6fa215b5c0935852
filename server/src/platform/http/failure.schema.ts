import { Type } from 'typebox';

const parameters = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]));

/** What every client is told of a failure, whether it is an answer of its own or part of another one. */
export const failureFields = {
  code: Type.String(),
  detail: Type.String(),
  reason: Type.Optional(
    Type.String({
      description:
        'Which more exact sentence of the code `detail` is: absent when it is the one of the code itself, "other" when it has no name.',
    }),
  ),
  params: Type.Optional(parameters),
};
