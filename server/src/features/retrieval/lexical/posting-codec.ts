/** Chunk numbers per row of postings: 10 bits of an entry; the other 6 hold the frequency. */
export const blockSize = 1_024;
export const maxFrequency = 63;
const entryBytes = 2;

/** The block that holds a chunk number. */
export function blockOf(number: number): number {
  return Math.floor(number / blockSize);
}

/** Packs (number, frequency) pairs of one block in ascending order of number. */
export function encodeEntries(entries: readonly { number: number; frequency: number }[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.length * entryBytes);
  entries.forEach(({ number, frequency }, index) => {
    const packed = ((number % blockSize) << 6) | Math.min(maxFrequency, Math.max(1, frequency));
    bytes.writeUInt16LE(packed, index * entryBytes);
  });
  return bytes;
}

/** Calls back for each packed entry of a block. */
export function forEachEntry(
  bytes: Buffer,
  block: number,
  visit: (number: number, frequency: number) => void,
): void {
  const base = block * blockSize;
  for (let index = 0; index + 1 < bytes.length; index += entryBytes) {
    const packed = (bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8);
    visit(base + (packed >> 6), packed & maxFrequency);
  }
}

/** The same entries without those whose number is in a removed range. */
export function withoutNumbers(bytes: Buffer, block: number, removed: (number: number) => boolean): Buffer {
  const kept: { number: number; frequency: number }[] = [];
  forEachEntry(bytes, block, (number, frequency) => {
    if (!removed(number)) kept.push({ number, frequency });
  });
  return encodeEntries(kept);
}

export const lengthBytes = 2;
const maxLength = 65_535;

/** Packs chunk lengths, two bytes each. */
export function encodeLengths(lengths: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(lengths.length * lengthBytes);
  // Zero means "no such chunk" where lengths are read.
  lengths.forEach((length, index) => {
    bytes.writeUInt16LE(Math.min(maxLength, Math.max(1, length)), index * lengthBytes);
  });
  return bytes;
}

/** Writes packed lengths into `target` from `first` on; returns their sum. */
export function decodeLengths(bytes: Buffer, target: Uint16Array, first: number): number {
  let sum = 0;
  for (let index = 0; index * lengthBytes < bytes.length; index++) {
    const length = bytes.readUInt16LE(index * lengthBytes);
    target[first + index] = length;
    sum += length;
  }
  return sum;
}
