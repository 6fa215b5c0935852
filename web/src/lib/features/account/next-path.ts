/**
 * The page to open after signing in: `next` if it is a path of this origin, else the home page. Anything that a
 * browser could read as another origin (`//host`, `/\host`, control characters, a scheme) is refused.
 */
export function safeNextPath(next: string | null, origin: string): string {
  if (!next?.startsWith('/') || !URL.canParse(next, origin)) return '/';
  const url = new URL(next, origin);
  if (url.origin !== origin || /^\/(sign-in|finish-sign-in|setup|register)(\/|$)/.test(url.pathname))
    return '/';
  return url.pathname + url.search + url.hash;
}

/** The address of the sign-in page that leads back to `path`. */
export function signInPath(path: string): string {
  return path === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`;
}
