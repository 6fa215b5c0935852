import net from 'node:net';
import type pg from 'pg';
import { type Config, loadConfig } from '../config.ts';
import { inspectCertificates } from '../features/client-certificates/index.ts';
import { createKeyRing } from '../platform/crypto/key-ring.ts';
import { openDatabase } from '../platform/database/database.ts';
import { readMigrations } from '../platform/database/migrate.ts';
import { createSchemaGuard, describeDrift } from '../platform/database/schema-guard.ts';
import { checkAuditTrail } from './audit-finding.ts';
import { checkUrl } from './doctor-url.ts';
import { CommandFailure, describeFailure } from './failure.ts';
import type { Finding } from './finding.ts';
import { checkMail } from './mail-finding.ts';
import { ensureDataFolder, openCommandLog, openRuntime, type Runtime, say } from './runtime.ts';

const neededNodeMajor = 24;

/**
 * `aiwfe doctor`: checks what the server stands on; with `--url` the way from here to a server instead. Status 1 when
 * something is wrong.
 */
export async function doctor(parameters: string[] = []): Promise<number> {
  const findings: Finding[] = [];
  const report = (finding: Finding) => {
    findings.push(finding);
    say(`${finding.ok ? 'ok    ' : 'FAILED'}  ${finding.name.padEnd(13)}  ${finding.detail}`);
  };
  const url = parseUrl(parameters);
  if (url) await checkUrl(url, report);
  else await checkInstallation(report);
  return findings.every((finding) => finding.ok) ? 0 : 1;
}

function parseUrl(parameters: string[]): URL | undefined {
  if (parameters.length === 0) return undefined;
  const [name, text = ''] = parameters;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (name !== '--url' || parameters.length > 2 || !url || !/^https?:$/.test(url.protocol))
    throw new CommandFailure('Usage: aiwfe doctor [--url https://ai.example.org]', { exitStatus: 2 });
  return url;
}

async function checkInstallation(report: (finding: Finding) => void): Promise<void> {
  report(checkNode());
  const config = await attempt(
    'configuration',
    report,
    async () => loadConfig(),
    'All settings can be used.',
  );
  if (config) {
    for (const warning of config.warnings) say(`note    ${'configuration'.padEnd(13)}  ${warning}`);
    await attempt(
      'data folder',
      report,
      () => ensureDataFolder(config.dataDir),
      `${config.dataDir} can be written to.`,
    );
    await checkDatabase(config, report);
    report({ name: 'mail', ...(await checkMail(config)) });
    report(await checkPort(config));
    const certificates = await inspectCertificates(config.certificates.folder, new Date());
    if (certificates) report({ name: 'certificates', ...certificates });
  }
}

async function attempt<T>(
  name: string,
  report: (finding: Finding) => void,
  work: () => Promise<T>,
  detail: string,
): Promise<T | undefined> {
  try {
    const result = await work();
    report({ name, ok: true, detail });
    return result;
  } catch (error) {
    report({ name, ok: false, detail: describeFailure(error) });
    return undefined;
  }
}

function checkNode(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= neededNodeMajor;
  const detail = ok
    ? process.version
    : `${process.version} is too old: run this through npx aiwfe or npm start.`;
  return { name: 'Node.js', ok, detail };
}

async function checkDatabase(config: Config, report: (finding: Finding) => void): Promise<void> {
  const log = openCommandLog();
  let runtime: Runtime;
  try {
    runtime = await openRuntime(config, { role: 'command', log });
  } catch (error) {
    report({ name: 'database', ok: false, detail: describeFailure(error) });
    return;
  }
  const database = openDatabase({
    connectionString: runtime.connection.directUrl,
    maxConnections: 1,
    statementTimeoutMs: 10_000,
    onPoolError: (error) => log.error({ err: error }, 'database connection failed'),
  });
  try {
    const version = await attemptQuery(database.pool, 'show server_version');
    report({ name: 'database', ok: true, detail: describeDatabase(runtime, version) });
    report(await checkMigrations(database.pool));
    const drift = await createSchemaGuard(database.db).check();
    report({ name: 'schema', ok: drift.length === 0, detail: describeDrift(drift) });
    if (drift.length === 0)
      report({
        name: 'audit trail',
        ...(await checkAuditTrail(database.db, createKeyRing(runtime.masterSecrets))),
      });
  } catch (error) {
    report({ name: 'database', ok: false, detail: describeFailure(error) });
  } finally {
    await database.close();
    await runtime.close();
  }
}

async function attemptQuery(pool: pg.Pool, statement: string): Promise<string> {
  const { rows } = await pool.query<Record<string, string>>(statement);
  return String(Object.values(rows[0] ?? {})[0] ?? '');
}

function describeDatabase(runtime: Runtime, version: string): string {
  if (!runtime.embedded) return `PostgreSQL ${version} of DATABASE_URL answers.`;
  const how = runtime.embedded.adopted ? 'runs' : 'was started for this check';
  return `The embedded PostgreSQL ${version} in ${runtime.embedded.folder} ${how}.`;
}

async function checkMigrations(pool: pg.Pool): Promise<Finding> {
  const known = await readMigrations();
  const present = await attemptQuery(pool, "select to_regclass('public.schema_migrations') is not null");
  const applied = new Set<string>();
  if (present === 'true') {
    const { rows } = await pool.query<{ name: string }>('select name from schema_migrations');
    for (const row of rows) applied.add(row.name);
  }
  const missing = known.filter((migration) => !applied.has(migration.name));
  const ok = missing.length === 0;
  const detail = ok
    ? `All ${known.length} migrations are applied.`
    : `${missing.length} of ${known.length} migrations are not applied. Run: npm run db:migrate`;
  return { name: 'migrations', ok, detail };
}

/** A taken port is right when it is our own server that answers there. */
async function checkPort({ http }: Config): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>();
  const probe = net.createServer().once('error', resolve);
  probe.listen({ host: http.host, port: http.port, exclusive: true }, () =>
    probe.close(() => resolve(undefined)),
  );
  const error = await promise;
  if (!error) return { name: 'port', ok: true, detail: `${http.host}:${http.port} is free.` };
  if (error.code === 'EADDRINUSE') {
    return {
      name: 'port',
      ok: true,
      detail: `${http.host}:${http.port} is in use (by the running server, or PORT must change).`,
    };
  }
  return { name: 'port', ok: false, detail: describeFailure(error) };
}
