export {
  createHealthService,
  type HealthCheck,
  type HealthReport,
  type HealthService,
} from './health.service.ts';
export { feedRoutes, healthRoutes } from './system.routes.ts';
