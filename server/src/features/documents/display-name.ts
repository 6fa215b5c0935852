import { ValidationFailed } from '../../platform/errors.ts';
import { truncateText } from './extraction/page-builder.ts';

const maxNameUnits = 200;
/** Control characters, line and paragraph separators, and marks that turn the direction of text (spoofed endings). */
const hidden = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * A name to show for an uploaded file: the last part of what the client sent, without invisible characters. It is
 * never used as a path; the ending stays when a long name is shortened.
 */
export function displayName(sent: string | undefined): string {
  const clean = visibleText((sent ?? '').split(/[\\/]/).at(-1) ?? '');
  if (/^\.*$/.test(clean)) return 'document';
  if (clean.length <= maxNameUnits) return clean;
  const dot = clean.lastIndexOf('.');
  const ending = dot > 0 && clean.length - dot <= 12 ? clean.slice(dot) : '';
  return `${truncateText(clean, maxNameUnits - ending.length - 1)}…${ending}`;
}

/** A name that a person typed, without invisible characters. Throws validation_failed when nothing is left. */
export function typedName(typed: string): string {
  const clean = visibleText(typed);
  if (clean === '')
    throw ValidationFailed.with({
      errors: [{ field: 'name', detail: 'must not be empty', reason: 'empty' }],
    });
  return clean;
}

function visibleText(text: string): string {
  return text.toWellFormed().replace(hidden, '').replace(/\s+/gu, ' ').trim();
}

/** `Content-Disposition: attachment` with an ASCII name and, per RFC 6266 and RFC 8187, the exact one in UTF-8. */
export function attachmentHeader(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${exact}`;
}
