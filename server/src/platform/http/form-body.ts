import { DuplicateKey, ForbiddenKey } from './strict-json.ts';

const maxFields = 50;

/** Parses `application/x-www-form-urlencoded` (WHATWG URL §5) into an object; a field given twice is refused (S26). */
export function parseForm(text: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1;
    if (name === '__proto__' || name === 'constructor' || name === 'prototype' || count > maxFields)
      throw ForbiddenKey.with();
    if (name in fields)
      throw DuplicateKey.with({
        detail: `The form has the field "${name.slice(0, 60)}" twice.`,
        reason: 'named',
        params: { key: name.slice(0, 60) },
      });
    fields[name] = value;
  }
  return { ...fields };
}
