const maxLength = 1_000;
const own = 'http://own.invalid';

/**
 * A path of the product's own pages in its normal spelling; `undefined` for whatever could lead elsewhere: absolute
 * addresses, `//host`, `/\host`, encoded spellings of both, and paths into the API, whose addresses are no pages.
 */
export function ownPagePath(text: string): string | undefined {
  if (text.length > maxLength || !/^\/[\x21-\x7e]*$/.test(text) || !URL.canParse(text, own)) return undefined;
  const url = new URL(text, own);
  const decoded = decodeAll(url.pathname);
  if (url.origin !== own || decoded === undefined) return undefined;
  if (/\\|\/\/|\p{Cc}/u.test(decoded) || /^\/api(?:\/|$)/i.test(decoded)) return undefined;
  return url.pathname + url.search + url.hash;
}

/** What a path means to a reader that decodes once, or once more. */
function decodeAll(path: string): string | undefined {
  try {
    return decodeURIComponent(decodeURIComponent(path));
  } catch {
    return undefined;
  }
}

/** The path with one more query parameter, before its fragment. */
export function withParameter(path: string, name: string, value: string): string {
  const url = new URL(path, own);
  url.searchParams.set(name, value);
  return url.pathname + url.search + url.hash;
}
