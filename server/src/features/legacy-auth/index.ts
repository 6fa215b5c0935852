export { legacyAuthRoutes } from './legacy-auth.routes.ts';
export { createLegacySignIns } from './legacy-sign-ins.ts';
