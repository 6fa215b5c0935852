/**
 * The token of a mailed link. It stands in the fragment, which no server sees, and leaves the address bar at once so
 * that it is neither shared nor kept in the history.
 */
export function takeMailedToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}
