/**
 * Estimates tokens without a tokenizer: about four characters each for Latin text, more tokens for scripts whose
 * characters carry more. Leans to the high side, so that what fits by this count fits in truth.
 */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x2e7f) wide += 1;
  return Math.ceil((text.length - wide) / 3.6 + wide * 1.1);
}
