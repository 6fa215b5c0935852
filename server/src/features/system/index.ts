export {
  createHealthService,
  type HealthCheck,
  type HealthReport,
  type HealthService,
  type RedisStatus,
} from './health.service.ts';
export { feedRoutes, healthRoutes } from './system.routes.ts';
