import { InvalidWorkflowCursor } from './workflows.errors.ts';

const idShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const numberShape = /^\d{1,9}$/;

/** Cuts the extra row of a query off and names where the next page begins. */
export function toPage<Row>(
  rows: Row[],
  limit: number,
  position: (row: Row) => string,
): { items: Row[]; next_cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next_cursor = rows.length > limit && last ? Buffer.from(position(last)).toString('base64url') : null;
  return { items, next_cursor };
}

/** The id that a list ended with. Throws `workflows.invalid_cursor`. */
export function readIdCursor(cursor: string | undefined): string | undefined {
  return readCursor(cursor, idShape);
}

/** The number that a list ended with, 0 at the start. Throws `workflows.invalid_cursor`. */
export function readNumberCursor(cursor: string | undefined): number {
  return Number(readCursor(cursor, numberShape) ?? 0);
}

function readCursor(cursor: string | undefined, shape: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const position = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!shape.test(position)) throw InvalidWorkflowCursor.with();
  return position;
}
