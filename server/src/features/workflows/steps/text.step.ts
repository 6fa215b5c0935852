import { Type } from 'typebox';
import { AnswerPart } from './answer-part.ts';
import { defineStep } from './step-type.ts';

/** A text with names in double braces; a name without a value fails the step by that name. */
export const textStep = defineStep<{ template: unknown; stream?: AnswerPart }>({
  type: 'text',
  computes: true,
  title: 'Text',
  description: 'A text with values in it: {{input.name}}, {{steps.search.output.text}}, {{item}}.',
  config: Type.Object(
    { template: Type.String({ maxLength: 200_000 }), stream: Type.Optional(AnswerPart) },
    { additionalProperties: false },
  ),
  literals: ['stream'],
  async run(_context, { template }) {
    return { output: typeof template === 'string' ? template : JSON.stringify(template) };
  },
});
