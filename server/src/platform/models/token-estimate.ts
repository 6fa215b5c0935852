/** Letters that one token holds on average in a long word of an alphabetic script. */
const lettersPerToken = 6;
/** What is longer is no word but a key, a number or a pattern, which vocabularies do not hold. */
const longestWord = 24;
const lettersPerTokenBeyond = 3;

/**
 * Estimates how many tokens a language model counts in `text`, in one pass. Alphabetic words cost one token and one
 * more for each further six letters, beyond 24 for each three; ideographs, syllables and punctuation cost one each. The
 * error is within a quarter for prose: enough to choose chunk sizes, and to fill a window with a margin.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let wordLength = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (isWordUnit(unit)) {
      if (wordLength % (wordLength < longestWord ? lettersPerToken : lettersPerTokenBeyond) === 0) tokens++;
      wordLength++;
    } else {
      wordLength = 0;
      if (!isSpace(unit)) tokens++;
    }
  }
  return tokens;
}

function isWordUnit(unit: number): boolean {
  if (unit < 0x80)
    return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);
  // Latin, Greek, Cyrillic, Hebrew, Arabic, Indic; from U+1100 on, one unit is about one token or more.
  return unit >= 0xc0 && unit < 0x1100;
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13) || unit === 0xa0 || unit === 0x3000;
}
