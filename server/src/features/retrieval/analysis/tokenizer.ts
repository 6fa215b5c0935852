/** A word of a text: what is indexed (folded, not stemmed) and where it stands, in UTF-16 code units. */
export interface Token {
  word: string;
  start: number;
  end: number;
}

/** Longer runs of letters are no words (encoded data); they are cut so that an index entry stays small. */
const maxWordUnits = 48;

// Each alternative consumes what it matches for good, so the pattern is linear in the text (S38).
const wordPattern = /[\p{L}\p{M}\p{N}_]+(?:['’.,](?=[\p{L}\p{N}])[\p{L}\p{M}\p{N}_]+)*/gu;
const scriptsWithoutSpaces =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const numberPattern = /^\p{N}+(?:[.,]\p{N}+)+$/u;
const innerMark = /['’.,_]/;
const possessive = /['’]s$/iu;

/**
 * Splits a text into words: letters and digits of any script; decimal numbers stay whole; a possessive ending is left
 * out; scripts written without spaces give overlapping pairs of characters. Linear in the text (S38).
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(wordPattern)) pushRun(tokens, match[0], match.index);
  return tokens;
}

function pushRun(tokens: Token[], run: string, start: number): void {
  if (!innerMark.test(run) || numberPattern.test(run)) {
    pushWord(tokens, run, start);
    return;
  }
  const body = run.replace(possessive, '');
  let position = 0;
  for (const part of body.split(innerMark)) {
    if (part !== '') pushWord(tokens, part, start + position);
    position += part.length + 1;
  }
}

function pushWord(tokens: Token[], word: string, start: number): void {
  if (word.length > 1 && scriptsWithoutSpaces.test(word)) pushPairs(tokens, word, start);
  else pushFolded(tokens, word, start);
}

function pushPairs(tokens: Token[], run: string, start: number): void {
  const characters = [...run];
  let position = start;
  for (let index = 0; index + 1 < characters.length; index++) {
    const first = characters[index] ?? '';
    pushFolded(tokens, first + (characters[index + 1] ?? ''), position);
    position += first.length;
  }
}

function pushFolded(tokens: Token[], word: string, start: number): void {
  const folded = fold(word.length > maxWordUnits ? word.slice(0, maxWordUnits).toWellFormed() : word);
  tokens.push({ word: folded, start, end: start + word.length });
}

/** One spelling for what people read as the same word: compatibility forms and case (Unicode NFKC, lower case). */
export function fold(word: string): string {
  return isAscii(word) ? word.toLowerCase() : word.normalize('NFKC').toLowerCase();
}

/** Takes the accents off, after stemming: the stemmers need them. */
export function stripAccents(word: string): string {
  return isAscii(word)
    ? word
    : word
        .normalize('NFD')
        .replace(/\p{M}+/gu, '')
        .normalize('NFC');
}

function isAscii(word: string): boolean {
  for (let index = 0; index < word.length; index++) if (word.charCodeAt(index) > 0x7f) return false;
  return true;
}
