import { defineError } from '../errors.ts';

export const DuplicateKey = defineError(
  'duplicate_key',
  400,
  'Duplicate key',
  'The JSON body has the same key twice in one object.',
);
export const ForbiddenKey = defineError(
  'forbidden_key',
  400,
  'Forbidden key',
  'The JSON body has a key that is never allowed, such as __proto__.',
);

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
const maxDepth = 64;

/**
 * Parses JSON strictly (S26): refuses duplicate keys, `__proto__` and its kin, and nesting deeper than 64.
 * Linear in the length of the text. Throws `SyntaxError`, `duplicate_key` or `forbidden_key`.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  checkKeys(text);
  return value;
}

/** Walks text that is known to be valid JSON and looks at the keys of each object only. */
function checkKeys(text: string): void {
  const objects: (Set<string> | undefined)[] = [];
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === 0x22) {
      const end = endOfString(text, i);
      const keys = objects.at(-1);
      if (expectKey && keys) {
        checkKey(JSON.parse(text.slice(i, end + 1)) as string, keys);
        expectKey = false;
      }
      i = end;
    } else if (character === 0x7b || character === 0x5b) {
      objects.push(character === 0x7b ? new Set() : undefined);
      if (objects.length > maxDepth) throw new SyntaxError('nested too deeply');
      expectKey = character === 0x7b;
    } else if (character === 0x7d || character === 0x5d) {
      objects.pop();
      expectKey = false;
    } else if (character === 0x2c) {
      expectKey = objects.at(-1) !== undefined;
    }
  }
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i;
}

function checkKey(key: string, keys: Set<string>): void {
  if (forbidden.has(key)) throw ForbiddenKey.with();
  if (keys.has(key))
    throw DuplicateKey.with({
      detail: `The JSON body has the key "${key.slice(0, 60)}" twice in one object.`,
      reason: 'named',
      params: { key: key.slice(0, 60) },
    });
  keys.add(key);
}
