export interface DecodedText {
  text: string;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  warning: string | undefined;
}

/** Broken bytes per valid multi-byte character up to which a file counts as damaged UTF-8 rather than another encoding. */
const brokenShare = 0.1;
const replacement = '\ufffd';

/**
 * Decodes text by its byte-order mark, else as UTF-8, else as Windows-1252 (the WHATWG reading of Latin-1). Says in
 * `warning` what was guessed or replaced.
 */
export function decodeText(bytes: Buffer): DecodedText {
  const utf16 = utf16Encoding(bytes);
  if (utf16) return { text: new TextDecoder(utf16).decode(bytes), encoding: utf16, warning: undefined };
  try {
    return {
      text: new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      encoding: 'utf-8',
      warning: undefined,
    };
  } catch {
    // Not valid UTF-8: decide below between a damaged file and an older encoding.
    return decodeInvalidUtf8(bytes);
  }
}

function decodeInvalidUtf8(bytes: Buffer): DecodedText {
  const text = new TextDecoder('utf-8').decode(bytes);
  const { broken, multiByte } = countCharacters(text);
  if (broken <= multiByte * brokenShare || bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) {
    const places = broken === 1 ? 'one place' : `${broken} places`;
    return {
      text,
      encoding: 'utf-8',
      warning: `The file is UTF-8 but damaged in ${places}; “${replacement}” stands there.`,
    };
  }
  return {
    text: new TextDecoder('windows-1252').decode(bytes),
    encoding: 'windows-1252',
    warning: 'The file is not UTF-8; it was read as Western European (Windows-1252). Check accented letters.',
  };
}

function countCharacters(text: string): { broken: number; multiByte: number } {
  let broken = 0;
  let multiByte = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0xfffd) broken++;
    else if (unit > 0x7f) multiByte++;
  }
  return { broken, multiByte };
}

/** UTF-16 by its mark, or by the NUL bytes that Western text has in every second place. */
export function utf16Encoding(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes.length < 2) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, 4_096 & ~1);
  let even = 0;
  let odd = 0;
  for (let index = 0; index + 1 < sample.length; index += 2) {
    if (sample[index] === 0) even++;
    if (sample[index + 1] === 0) odd++;
  }
  const pairs = Math.floor(sample.length / 2);
  if (pairs < 4) return undefined;
  if (odd > pairs * 0.7 && even < pairs * 0.05) return 'utf-16le';
  if (even > pairs * 0.7 && odd < pairs * 0.05) return 'utf-16be';
  return undefined;
}
