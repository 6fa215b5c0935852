import { type Database, pingDatabase } from '../../platform/database/database.ts';
import { describeDrift, type SchemaGuard } from '../../platform/database/schema-guard.ts';
import type { Failure } from '../../platform/errors.ts';

/** What a check found; its code is `ok` where there is nothing to say. */
export interface HealthCheck extends Failure {
  name: string;
  ok: boolean;
}

export type RedisStatus = 'connected' | 'degraded';

/** Of the first check that fails it tells what that one does. */
export interface HealthReport extends Partial<Failure> {
  status: 'healthy' | 'unhealthy';
  database: string;
  auth_service: string;
  version: string;
  /** Where Redis is configured. Nothing depends on it, so losing it makes nobody unhealthy. */
  redis?: RedisStatus;
  checks: HealthCheck[];
}

export interface HealthService {
  /** Runs the named checks, or all of them. */
  report(only?: string[]): Promise<HealthReport>;
}

const timeoutMs = 3_000;

/** Checks what the product cannot work without. `more` lets other parts add theirs. */
export function createHealthService(options: {
  db: Database;
  schema: SchemaGuard;
  version: string;
  redisStatus?: () => RedisStatus;
  more?: (() => Promise<HealthCheck> | HealthCheck)[];
}): HealthService {
  return {
    async report(only) {
      const database = await checkDatabase(options.db);
      const schema = checkSchema(options.schema);
      const more = await Promise.all((options.more ?? []).map((check) => check()));
      const redis = options.redisStatus?.();
      const checks = [database, schema, ...(redis ? [checkRedis(redis)] : []), ...more].filter(
        (check) => !only || only.includes(check.name),
      );
      const failing = checks.find((check) => !check.ok);
      return {
        status: failing ? 'unhealthy' : 'healthy',
        database: database.ok ? 'connected' : 'unavailable',
        auth_service: database.ok && schema.ok ? 'operational' : 'unavailable',
        ...(failing ? told(failing) : {}),
        version: options.version,
        ...(redis ? { redis } : {}),
        checks,
      };
    },
  };
}

function told({ code, detail, reason, params }: HealthCheck): Failure {
  return { code, detail, reason, params };
}

async function checkDatabase(db: Database): Promise<HealthCheck> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([pingDatabase(db), late]);
    return { name: 'database', ok: true, code: 'ok', detail: 'The database answers.' };
  } catch (error) {
    const said = (error as Error).message;
    return {
      name: 'database',
      ok: false,
      code: 'database_unavailable',
      detail: `The database does not answer (${said}). Check that it runs and that DATABASE_URL is right.`,
      reason: 'check',
      params: { said },
    };
  } finally {
    clearTimeout(timer);
  }
}

function checkSchema(schema: SchemaGuard): HealthCheck {
  const detail = describeDrift(schema.drift);
  const [first, ...others] = schema.drift;
  if (!first) return { name: 'schema', ok: true, code: 'ok', detail };
  return {
    name: 'schema',
    ok: false,
    code: 'schema_out_of_date',
    detail,
    reason: others.length === 0 ? first.kind : `${first.kind}_more`,
    params: { object: first.object, more: others.length },
  };
}

function checkRedis(status: RedisStatus): HealthCheck {
  if (status === 'connected') return { name: 'redis', ok: true, code: 'ok', detail: 'Redis answers.' };
  const detail =
    'Redis is away; PostgreSQL carries messages between processes until it is back. Check that it runs and that REDIS_URL is right.';
  return { name: 'redis', ok: true, code: 'redis_degraded', detail };
}
