import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from '../../platform/crypto/secret.ts';

/**
 * `aiwfe_<id>_<random><checksum>`: the id in 22 letters finds the row, 43 letters hold 256 random bits, six letters of
 * CRC-32 over all before them tell a typo from a key that was revoked. Letters and digits only: a double click takes
 * all of it.
 */
const secretPattern = /^aiwfe_([0-9A-Za-z]{22})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base = BigInt(alphabet.length);
const idLength = 22;
const randomLength = 43;
const checksumLength = 6;

/** Makes a new secret for the key with this id (a UUID). */
export function makeKeySecret(keyId: string): { secret: Secret; hash: Buffer } {
  const random = encode(BigInt(`0x${randomBytes(32).toString('hex')}`), randomLength);
  const body = `${keyHint(keyId)}_${random}`;
  const text = body + checksumOf(body);
  return { secret: new Secret(text), hash: hashKeySecret(text) };
}

/** The part of a secret that may be shown: it finds the key in a list and opens nothing. */
export function keyHint(keyId: string): string {
  return `aiwfe_${encode(BigInt(`0x${keyId.replaceAll('-', '')}`), idLength)}`;
}

/** The id in a secret as it was typed or sent; `undefined` when it cannot be a secret of this product. */
export function readKeyId(text: string): string | undefined {
  const match = secretPattern.exec(text);
  if (!match?.[1] || match[3] !== checksumOf(text.slice(0, -checksumLength))) return undefined;
  const hex = decode(match[1]).toString(16).padStart(32, '0');
  if (hex.length > 32) return undefined;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** How a secret is stored: it has too much randomness to be guessed, so nothing slow is needed. */
export function hashKeySecret(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function checksumOf(text: string): string {
  return encode(BigInt(crc32(text)), checksumLength);
}

function encode(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= base) text = (alphabet[Number(rest % base)] ?? '') + text;
  return text.padStart(length, '0');
}

function decode(text: string): bigint {
  let value = 0n;
  for (const letter of text) value = value * base + BigInt(alphabet.indexOf(letter));
  return value;
}
