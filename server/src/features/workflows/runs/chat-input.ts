import { mismatches } from '../definitions/schema-subset.ts';
import type { ConversationChoice } from '../workflow-ports.ts';

/**
 * The input of a run that answers: question and history, and of the choices made in the conversation those that the
 * workflow's schema takes. What is left out of the input applies all the same.
 */
export function chatInput(
  schema: Record<string, unknown> | undefined,
  asked: unknown,
  { scope, web_search, model }: ConversationChoice,
): Record<string, unknown> {
  const choices = Object.entries({ scope, web_search, model });
  const base = asked as Record<string, unknown>;
  const takes = ([name, value]: [string, unknown]): boolean =>
    !schema ||
    !mismatches(schema, { ...base, [name]: value }).some(({ field }) => field.split('.')[0] === name);
  return { ...base, ...Object.fromEntries(choices.filter(takes)) };
}
