import type { Route } from '../../platform/http/route.ts';

/** What belongs to a person and not to a program: no API key ever gets here, whatever its scopes. */
const personalAreas = new Set(['auth', 'admin', 'privacy', 'setup', 'oauth', 'native']);
const areaPattern = /^\/api\/v1\/([a-z0-9-]+)(?:\/|$)/;

/**
 * The scope an API key needs for a route: what the route says, else its first word after /api/v1 with `:read` for GET
 * and `:write` for the rest. `undefined`: never by API key. Routes of administrators are among those, so a key acts at
 * most as a user does.
 */
export function scopeOfRoute(route: Route): string | undefined {
  const area = areaPattern.exec(route.url)?.[1];
  if (area === undefined || personalAreas.has(area)) return undefined;
  if (route.scope === false || route.stepUp || route.access !== 'session') return undefined;
  return route.scope ?? `${area}:${route.method === 'GET' ? 'read' : 'write'}`;
}
