export interface JsonProblem {
  /** From 1. */
  line: number;
  column: number;
  /** Where it is in the text, from 0; the length of the text where something is missing at its end. */
  position: number;
}

/** Reads JSON, or says where it stops being JSON. */
export function readJson(text: string): { ok: true; value: unknown } | { ok: false; problem: JsonProblem } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, problem: placeOf(text, findProblem(text)) };
  }
}

/**
 * The last character of the shortest beginning that nothing can make valid. Engines do not always name the place, but
 * all of them say of a text that could go on that it ends too early.
 */
function findProblem(text: string): number {
  let possible = 0;
  let impossible = text.length + 1;
  while (impossible - possible > 1) {
    const middle = Math.floor((possible + impossible) / 2);
    if (mayGoOn(text.slice(0, middle))) possible = middle;
    else impossible = middle;
  }
  return possible;
}

function mayGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const said = String(error);
    const position = /position (\d+)/.exec(said)?.[1];
    if (position !== undefined) return Number(position) >= beginning.length || /unterminated/i.test(said);
    return /\bend of|EOF|unterminated/i.test(said);
  }
}

function placeOf(text: string, position: number): JsonProblem {
  const before = text.slice(0, position);
  return { line: before.split('\n').length, column: position - before.lastIndexOf('\n'), position };
}
