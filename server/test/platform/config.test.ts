import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigError, isLocalHost, loadConfig } from '../../src/config.ts';
import { settings } from '../../src/config-settings.ts';
import { parseConnectionUrl } from '../../src/platform/database/connection-url.ts';

const key = 'k3Jq9vWm2Lx8Rt5Zb7Np4Hs6Yd1Fg0Ac';
const databaseUrl = 'postgresql://app:hunter2@db.internal:5432/app';

function problemsOf(environ: Record<string, string>): string[] {
  try {
    loadConfig(environ, '/srv/app');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('needs nothing: the defaults are a private server on this machine', () => {
    const config = loadConfig({}, '/srv/app');
    expect(config).toMatchObject({
      environment: 'development',
      dataDir: '/srv/app/data',
      http: { host: '127.0.0.1', port: 3000, secure: false },
      database: { mode: 'embedded' },
      identity: { registration: 'closed', accessTokenSeconds: 3600, refreshTokenSeconds: 604_800 },
    });
  });

  it('I2: takes a public DOMAIN without ENVIRONMENT as production, and says so', () => {
    const config = loadConfig({ DOMAIN: 'ai.example.org' });
    expect(config.environment).toBe('production');
    expect(config.http).toMatchObject({ secure: true, publicUrl: 'https://ai.example.org' });
    expect(config.warnings.join()).toContain('ENVIRONMENT');
  });

  it.each([
    ['http in production', { ENVIRONMENT: 'production', PUBLIC_URL: 'http://ai.example.org' }, 'PUBLIC_URL'],
    ['production without an address', { ENVIRONMENT: 'production' }, 'PUBLIC_URL'],
    ['a short secret', { SECRET_KEY: 'short' }, 'SECRET_KEY'],
    ['a default secret', { SECRET_KEY: 'changeme-changeme-changeme-changeme' }, 'SECRET_KEY'],
    ['no secret with an own database', { DATABASE_URL: databaseUrl }, 'SECRET_KEY'],
    ['a port that is none', { PORT: '70000' }, 'PORT'],
    ['an unknown choice', { REGISTRATION: 'maybe' }, 'REGISTRATION'],
    ['an address with a path', { PUBLIC_URL: 'https://ai.example.org/app' }, 'PUBLIC_URL'],
  ])('I2: refuses to start with %s', (_what, environ, name) => {
    expect(problemsOf(environ as Record<string, string>).some((problem) => problem.startsWith(name))).toBe(
      true,
    );
  });

  it('I2: reports all problems together, by name and never by value', () => {
    const problems = problemsOf({
      PORT: 'hunter2',
      SECRET_KEY: 'hunter2',
      DATABASE_URL: 'mysql://u:hunter2@h/d',
    });
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('S40: prints no secret', () => {
    const config = loadConfig({ DATABASE_URL: databaseUrl, SECRET_KEY: key });
    for (const text of [
      JSON.stringify(config),
      inspect(config, { depth: 9 }),
      String(config.masterSecrets[0]),
    ]) {
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(key);
    }
    expect(JSON.stringify(config)).toContain('[secret]');
  });

  it('A20: reads secrets from files named by *_FILE', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'aiwfe-config-')), 'key');
    writeFileSync(file, `${key}\n`);
    expect(loadConfig({ SECRET_KEY_FILE: file }).masterSecrets[0]?.reveal()).toBe(key);
    expect(problemsOf({ SECRET_KEY_FILE: '/nonexistent/key' })).toEqual([
      'SECRET_KEY_FILE names a file that cannot be read',
    ]);
  });

  it('describes each setting once', () => {
    const names = settings.map((setting) => setting.name);
    expect(new Set(names).size).toBe(names.length);
    for (const setting of settings) expect(setting.description).toMatch(/\.$/);
  });

  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['192.168.1.20', true],
    ['172.16.0.1', true],
    ['172.32.0.1', false],
    ['server.local', true],
    ['nas', true],
    ['[::1]', true],
    ['ai.example.org', false],
    ['8.8.8.8', false],
  ])('knows that %s is local: %s', (host, local) => expect(isLocalHost(host)).toBe(local));
});

describe('I4: connection URLs', () => {
  it.each([
    ['postgres://u:p@h:5432/d', 'postgresql://u:p@h:5432/d'],
    ['postgresql://u:p@h/d', 'postgresql://u:p@h/d'],
    ['postgresql+psycopg2://u:p@h/d', 'postgresql://u:p@h/d'],
    ['postgresql+asyncpg://u:p@h/d?ssl=require', 'postgresql://u:p@h/d?sslmode=no-verify'],
    ['postgres://u:p@h/d?sslmode=disable', 'postgresql://u:p@h/d?sslmode=disable'],
    ['postgres://u:p@h/d?sslmode=prefer', 'postgresql://u:p@h/d?sslmode=disable'],
    ['postgres://u:p@h/d?sslmode=require', 'postgresql://u:p@h/d?sslmode=no-verify'],
    ['postgres://u:p@h/d?sslmode=verify-full', 'postgresql://u:p@h/d?sslmode=verify-full'],
    ['postgres://u:p@h/d?prepared_statement_cache_size=0', 'postgresql://u:p@h/d'],
    ['postgresql://u:p@/d?host=/run/postgresql', 'postgresql://u:p@localhost/d?host=/run/postgresql'],
  ])('reads %s', (given, expected) => {
    expect(decodeURIComponent(parseConnectionUrl(given))).toBe(expected);
  });

  it.each(['mysql://u:p@h/d', 'postgres://u:p@h', 'nonsense', 'postgres://u:p@h/d?sslmode=maybe'])(
    'refuses %s without repeating it',
    (given) => expect(() => parseConnectionUrl(given)).toThrow(/^(must look|names no|has an unknown)/),
  );
});
