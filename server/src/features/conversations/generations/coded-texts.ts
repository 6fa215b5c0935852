import type { CodedText } from '../conversations.schemas.ts';

/** A text with its code and what fills it; what is not there is left out. */
export function coded(
  code: string,
  detail: string,
  params: Record<string, string | number | undefined> = {},
): CodedText {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  return { code, params: Object.fromEntries(given) as CodedText['params'], detail };
}

/** "1 page", "2 pages". */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** An error as what fills the text of its consequence. */
export const reason = ({ code, detail }: { code: string; detail: string }) => ({
  because_code: code,
  because: detail,
});

/** What a search in documents brought. */
export function foundPassages(found: readonly { document_id: string | null }[]): CodedText {
  if (found.length === 0) return coded('nothing_found', 'nothing found');
  const passages = found.length;
  const documents = new Set(found.map((one) => one.document_id)).size;
  const detail = `${count(passages, 'passage')} from ${count(documents, 'document')}`;
  return coded('found', detail, { passages, documents });
}

/** What a search on the web brought. */
export function foundResults({ length }: readonly unknown[]): CodedText {
  return coded('results', count(length, 'result'), { count: length });
}
