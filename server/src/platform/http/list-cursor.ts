import type { ErrorDefinition } from '../errors.ts';

const idShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Cuts the extra row of a query off and names where the next page begins. */
export function toPage<Row extends { id: string }>(
  rows: Row[],
  limit: number,
): { items: Row[]; next_cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: rows.length > limit && last ? encode(last.id) : null };
}

/** The id that a list ended with. Throws `invalid` for what no list gave out. */
export function readIdCursor(cursor: string | undefined, invalid: ErrorDefinition): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!idShape.test(id)) throw invalid.with();
  return id;
}

const encode = (id: string): string => Buffer.from(id).toString('base64url');
