type OpenidLibrary = typeof import('openid-client');

let loaded: OpenidLibrary | undefined;

/** The library comes with the first exchange. */
export async function loadOpenidLibrary(): Promise<OpenidLibrary> {
  loaded ??= await import('openid-client');
  return loaded;
}

/** `undefined` when no exchange has begun yet; no error can be the library's then. */
export const loadedOpenidLibrary = (): OpenidLibrary | undefined => loaded;
