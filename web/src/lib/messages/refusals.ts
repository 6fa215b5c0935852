import type { FieldProblem, Problem } from '@aiwfe/api-client';
import { type Catalogue, type MessageParameters, type Part, textOr, texts } from './translate.svelte.ts';

/** How values are written; loaded with the sentences: English needs neither. */
let writeValue: typeof import('./refusal-values.ts').writeValue | undefined;

const part: Part = {
  en: async () => ({}),
  de: async () => {
    const [{ refusals }, values] = await Promise.all([
      import('./de/refusals.ts'),
      import('./refusal-values.ts'),
    ]);
    writeValue = values.writeValue;
    return refusals as Partial<Catalogue>;
  },
};
texts.addLater(part);

/** What the server says of a failure, in an answer of its own or beside something else. */
export type Refusal = Pick<Problem, 'code' | 'detail' | 'reason' | 'params'>;

/**
 * The sentence of a refusal in the person's language. A sentence of the server that is more exact than ours follows ours;
 * where there is none, as in English, the server's own stands alone.
 */
export function refusalText({ code, reason, ...said }: Refusal): string {
  return toldText(code, reason && `${code}.${reason}`, said);
}

/** The sentence `exact`, else `general` with what the server said; the names are keys after `refusal.`. */
export function toldText(
  general: string,
  exact: string | undefined,
  { detail, params }: Pick<Refusal, 'detail' | 'params'>,
): string {
  const found = exact && sentence(exact, params);
  if (found) return found;
  const lead = sentence(general, params);
  if (lead === undefined) return detail;
  return exact === undefined ? lead : `${lead} ${detail}`;
}

/** What is wrong with one field, in the person's language where that is known. */
export function fieldProblemText({ detail, reason, params }: FieldProblem): string {
  return sentence(`field.${reason}`, params) ?? detail;
}

/** None for a name without a text, and for a text that names a value which the server did not send. */
function sentence(name: string, params: MessageParameters = {}): string | undefined {
  const key = `refusal.${name}`;
  const named = textOr(key, '').matchAll(/\{(\w+)\}/g);
  if ([...named].some(([, parameter = '']) => !Object.hasOwn(params, parameter))) return undefined;
  const values = Object.entries(params).map(([parameter, value]) => [
    parameter,
    writeValue?.(parameter, value) ?? value,
  ]);
  return textOr(key, undefined, Object.fromEntries(values));
}
