import { InvalidCursor } from './conversations.errors.ts';

/** Where a page of the conversation list ended. */
export interface ConversationPosition {
  pinned: boolean;
  updatedAt: string;
  id: string;
}

const shape =
  /^([01]) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Writes a position as an opaque cursor. */
export function encodeCursor(position: ConversationPosition): string {
  return Buffer.from(`${position.pinned ? 1 : 0} ${position.updatedAt} ${position.id}`).toString('base64url');
}

/** Reads a cursor. Throws `conversations.invalid_cursor`. */
export function decodeCursor(cursor: string): ConversationPosition {
  const [, pinned, updatedAt, id] = shape.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (!pinned || !updatedAt || !id || Number.isNaN(Date.parse(updatedAt))) throw InvalidCursor.with();
  return { pinned: pinned === '1', updatedAt, id };
}
