import { type Static, Type } from 'typebox';

/**
 * Marks the step whose text is the answer of a chat while it is written: `answer` is the answer itself (a later one takes
 * its place), `amend` goes below it.
 */
export const AnswerPart = Type.Union([Type.Literal('answer'), Type.Literal('amend')]);
export type AnswerPart = Static<typeof AnswerPart>;
