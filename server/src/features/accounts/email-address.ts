import { domainToASCII } from 'node:url';

const maxEmailLength = 254;
const maxLocalLength = 64;

/**
 * One spelling for all variants of an address (S6): compatibility forms, case, spaces, invisible characters and
 * internationalised domains. `undefined` when it is no e-mail address. Linear in the length of the text.
 */
export function canonicalEmail(text: string): string | undefined {
  if (text.length > maxEmailLength * 2) return undefined;
  // Upper and lower once more: full case folding, so that ß, ss and ẞ are the same letter pair.
  const folded = text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  const bare = folded.replace(/\p{Cf}/gu, '').trim();
  const at = bare.lastIndexOf('@');
  const local = bare.slice(0, at);
  const domain = domainToASCII(bare.slice(at + 1));
  if (at < 1 || local.length > maxLocalLength || !/^[^\s\p{Cc}@",:;<>()[\]\\]+$/u.test(local))
    return undefined;
  if (!/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/.test(domain))
    return undefined;
  const canonical = `${local}@${domain}`;
  return canonical.length > maxEmailLength ? undefined : canonical;
}
