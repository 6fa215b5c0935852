import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Setting, settings } from './config-settings.ts';
import { Secret } from './platform/crypto/secret.ts';
import { parseConnectionUrl } from './platform/database/connection-url.ts';
import { shareableDomain } from './platform/http/cookies.ts';
import { type MailAddress, parseMailAddress } from './platform/mail/index.ts';

export type Environment = 'development' | 'production';
export type RegistrationPolicy = 'open' | 'invitation' | 'approval' | 'closed';

export interface Config {
  environment: Environment;
  http: {
    host: string;
    port: number;
    /** Origin for links, without a slash at the end; `undefined` until the port is known (local use). */
    publicUrl: string | undefined;
    secure: boolean;
    cookieDomain: string | undefined;
    trustedProxies: string[];
    maxConcurrentRequests: number;
  };
  dataDir: string;
  /** File that says which country an address is in; the bundled one by default. */
  countryDatabase: string | undefined;
  database: {
    mode: 'embedded' | 'url';
    url: Secret | undefined;
    directUrl: Secret | undefined;
    poolSize: number;
    statementTimeoutMs: number;
    migrateOnStart: boolean;
  };
  redisUrl: Secret | undefined;
  /** Newest first; empty until the embedded mode has read or made its own. */
  masterSecrets: Secret[];
  identity: {
    registration: RegistrationPolicy;
    /** Service that knows stolen passwords by the beginning of their hash; `undefined` where it is not asked. */
    breachedPasswordsUrl: string | undefined;
    accessTokenSeconds: number;
    refreshTokenSeconds: number;
    sessionMaxSeconds: number;
    adminSessionMaxSeconds: number;
    maxSessionsPerUser: number;
    maxSocketsPerUser: number;
    csrfSeconds: number;
  };
  /** Ways of older systems to sign in; `undefined` where they are off. */
  legacyAuth: { jwtSecret: Secret | undefined; sunset: Date | undefined } | undefined;
  /** Without an SMTP server mails are kept in the outbox of the data folder. */
  mail: { smtpUrl: Secret | undefined; from: MailAddress };
  certificates: { folder: string; port: number };
  documents: {
    maxFileBytes: number;
    maxFilesPerRequest: number;
    extractionMemoryBytes: number;
    extractionTimeoutMs: number;
  };
  models: { firstTokenTimeoutMs: number; idleTimeoutMs: number };
  /** Servers of the own network, `host` or `host:port`, that HTTP steps may ask. */
  workflows: { localHosts: string[] };
  /** Opens `/metrics` to scrapers elsewhere. */
  metricsToken: Secret | undefined;
  logging: { level: string; to: 'stdout' | 'file' };
  /** Things that were decided for the operator and should be known. */
  warnings: string[];
}

/** All problems of a configuration together, by name, never by value. */
export class ConfigError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environ = Record<string, string | undefined>;
type RawValues = Map<string, string>;

/** Reads and checks the environment once. Throws `ConfigError` with every problem found. */
export function loadConfig(
  environ: Environ = process.env,
  projectRoot = path.resolve(import.meta.dirname, '../..'),
): Config {
  const problems: string[] = [];
  const values = readValues(environ, problems);
  const config = buildConfig(values, projectRoot, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function readValues(environ: Environ, problems: string[]): RawValues {
  const values: RawValues = new Map();
  for (const setting of settings) {
    const value = readOne(setting, environ, problems);
    if (value === undefined) continue;
    const problem = checkValue(setting, value);
    if (problem) problems.push(`${setting.name} ${problem}`);
    else values.set(setting.name, value);
  }
  return values;
}

function readOne(setting: Setting, environ: Environ, problems: string[]): string | undefined {
  const direct = environ[setting.name]?.trim();
  if (direct) return direct;
  const file = setting.type.kind === 'secret' ? environ[`${setting.name}_FILE`]?.trim() : undefined;
  if (!file) return setting.default;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    problems.push(`${setting.name}_FILE names a file that cannot be read`);
    return undefined;
  }
}

function checkValue(setting: Setting, value: string): string | undefined {
  const { type } = setting;
  if (type.kind === 'integer') {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < type.min || number > type.max)
      return `must be a whole number from ${type.min} to ${type.max}`;
  }
  if (type.kind === 'boolean' && !/^(true|false|1|0|yes|no)$/i.test(value)) return 'must be true or false';
  if (type.kind === 'choice' && !type.choices.includes(value))
    return `must be one of ${type.choices.join(', ')}`;
  return undefined;
}

const integerOf = (values: RawValues, name: string): number => Number(values.get(name) ?? '0');
const booleanOf = (values: RawValues, name: string): boolean =>
  /^(true|1|yes)$/i.test(values.get(name) ?? '');
const secretOf = (values: RawValues, name: string): Secret | undefined => {
  const value = values.get(name);
  return value === undefined ? undefined : new Secret(value);
};
const listOf = (values: RawValues, name: string): string[] =>
  (values.get(name) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

function buildConfig(values: RawValues, projectRoot: string, problems: string[]): Config {
  const warnings: string[] = [];
  const environment = decideEnvironment(values, warnings);
  const embedded = !values.has('DATABASE_URL');
  const logTo = values.get('LOG_TO');
  const megabyte = 1024 * 1024;
  const dataDir = path.resolve(projectRoot, values.get('AIWFE_DATA_DIR') ?? './data');
  return {
    environment,
    http: buildHttp(values, environment, problems),
    dataDir,
    countryDatabase: values.get('COUNTRY_DATABASE'),
    database: buildDatabase(values, embedded, problems),
    redisUrl: buildRedisUrl(values, problems),
    masterSecrets: buildSecrets(values, embedded, problems),
    identity: {
      registration: (values.get('REGISTRATION') ?? 'closed') as RegistrationPolicy,
      breachedPasswordsUrl: buildBreachedPasswordsUrl(values, problems),
      accessTokenSeconds: integerOf(values, 'ACCESS_TOKEN_MINUTES') * 60,
      refreshTokenSeconds: integerOf(values, 'REFRESH_TOKEN_DAYS') * 86_400,
      sessionMaxSeconds: integerOf(values, 'SESSION_MAX_DAYS') * 86_400,
      adminSessionMaxSeconds: integerOf(values, 'ADMIN_SESSION_MAX_HOURS') * 3_600,
      maxSessionsPerUser: integerOf(values, 'MAX_SESSIONS_PER_USER'),
      maxSocketsPerUser: integerOf(values, 'MAX_SOCKETS_PER_USER'),
      csrfSeconds: 3_600,
    },
    legacyAuth: buildLegacyAuth(values, problems),
    mail: buildMail(values, problems),
    certificates: {
      folder: path.resolve(dataDir, values.get('CERTIFICATES_DIR') ?? 'certificates'),
      port: integerOf(values, 'NATIVE_TLS_PORT'),
    },
    documents: {
      maxFileBytes: integerOf(values, 'UPLOAD_MAX_MB') * megabyte,
      maxFilesPerRequest: 20,
      extractionMemoryBytes: integerOf(values, 'EXTRACTION_MEMORY_MB') * megabyte,
      extractionTimeoutMs: integerOf(values, 'EXTRACTION_TIMEOUT_SECONDS') * 1_000,
    },
    models: {
      firstTokenTimeoutMs: integerOf(values, 'MODEL_FIRST_TOKEN_TIMEOUT_SECONDS') * 1_000,
      idleTimeoutMs: integerOf(values, 'MODEL_IDLE_TIMEOUT_SECONDS') * 1_000,
    },
    workflows: { localHosts: listOf(values, 'WORKFLOW_LOCAL_HOSTS').map((host) => host.toLowerCase()) },
    metricsToken: buildMetricsToken(values, problems),
    logging: {
      level: values.get('LOG_LEVEL') ?? 'info',
      to: logTo === 'stdout' || (logTo !== 'file' && !embedded) ? 'stdout' : 'file',
    },
    warnings,
  };
}

/** A public name without an ENVIRONMENT is production: forgetting one variable must not weaken anything (I2). */
function decideEnvironment(values: RawValues, warnings: string[]): Environment {
  const given = values.get('ENVIRONMENT');
  if (given) return given as Environment;
  const host = publicHost(values);
  if (host === undefined || isLocalHost(host)) return 'development';
  warnings.push('ENVIRONMENT is not set; DOMAIN or PUBLIC_URL is public, so production is assumed.');
  return 'production';
}

function publicHost(values: RawValues): string | undefined {
  const url = values.get('PUBLIC_URL');
  if (url && URL.canParse(url)) return new URL(url).hostname;
  return values.get('DOMAIN');
}

/** True for names and addresses that only this machine or its own network can mean. */
export function isLocalHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name.endsWith('.local') ||
    name === '::1' ||
    /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(name) ||
    !name.includes('.')
  );
}

function buildHttp(values: RawValues, environment: Environment, problems: string[]): Config['http'] {
  const domain = values.get('DOMAIN');
  const given =
    values.get('PUBLIC_URL') ?? (domain && environment === 'production' ? `https://${domain}` : undefined);
  let publicUrl: string | undefined;
  if (given !== undefined) {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash)
      problems.push('PUBLIC_URL must be an origin such as https://ai.example.org');
    else publicUrl = url.origin;
  }
  if (environment === 'production' && publicUrl?.startsWith('http:'))
    problems.push('PUBLIC_URL is http while ENVIRONMENT is production: use https');
  if (environment === 'production' && publicUrl === undefined && given === undefined)
    problems.push('PUBLIC_URL or DOMAIN is needed when ENVIRONMENT is production');
  const cookieDomain = values.get('COOKIE_DOMAIN');
  if (cookieDomain && publicUrl && !isCovered(new URL(publicUrl).hostname, cookieDomain))
    problems.push('COOKIE_DOMAIN does not cover the host of PUBLIC_URL: browsers would drop every cookie');
  return {
    host: values.get('HOST') ?? '127.0.0.1',
    port: integerOf(values, 'PORT'),
    publicUrl,
    secure: publicUrl?.startsWith('https:') ?? environment === 'production',
    cookieDomain,
    trustedProxies: listOf(values, 'TRUSTED_PROXIES'),
    maxConcurrentRequests: integerOf(values, 'MAX_CONCURRENT_REQUESTS'),
  };
}

/** A name that cookies cannot be shared under is ignored, so it covers every host. */
function isCovered(host: string, cookieDomain: string): boolean {
  const domain = shareableDomain(cookieDomain);
  return domain === undefined || host === domain || host.endsWith(`.${domain}`);
}

function buildDatabase(values: RawValues, embedded: boolean, problems: string[]): Config['database'] {
  const normalise = (name: string): Secret | undefined => {
    const secret = secretOf(values, name);
    if (!secret) return undefined;
    try {
      return new Secret(parseConnectionUrl(secret.reveal()));
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}`);
      return undefined;
    }
  };
  const url = normalise('DATABASE_URL');
  return {
    mode: embedded ? 'embedded' : 'url',
    url,
    directUrl: normalise('DATABASE_DIRECT_URL') ?? url,
    poolSize: integerOf(values, 'DATABASE_POOL_SIZE'),
    statementTimeoutMs: integerOf(values, 'DATABASE_STATEMENT_TIMEOUT_SECONDS') * 1_000,
    migrateOnStart: booleanOf(values, 'MIGRATE_ON_START'),
  };
}

function buildMail(values: RawValues, problems: string[]): Config['mail'] {
  const smtpUrl = secretOf(values, 'SMTP_URL');
  if (smtpUrl) {
    const text = smtpUrl.reveal();
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
      problems.push('SMTP_URL must be like smtp://user:password@mail.example.org:587');
  }
  const host = publicHost(values) ?? 'localhost';
  const fallback = `no-reply@${/^[\w.-]+$/.test(host) ? host : 'localhost'}`;
  const from = parseMailAddress(values.get('MAIL_FROM') ?? `AI Workflow Engine <${fallback}>`);
  if (!from) problems.push('MAIL_FROM must be an e-mail address, or Name <address>');
  return { smtpUrl, from: from ?? { name: '', address: fallback } };
}

/** The range is appended as it is, so the address ends where the range begins. */
function buildBreachedPasswordsUrl(values: RawValues, problems: string[]): string | undefined {
  const given = values.get('BREACHED_PASSWORDS_URL');
  if (given === undefined) return undefined;
  const isUsable = URL.canParse(given) && /^https?:$/.test(new URL(given).protocol) && given.endsWith('/');
  if (!isUsable)
    problems.push(
      'BREACHED_PASSWORDS_URL must be like https://api.pwnedpasswords.com/range/, with the slash',
    );
  return given;
}

function buildRedisUrl(values: RawValues, problems: string[]): Secret | undefined {
  const secret = secretOf(values, 'REDIS_URL');
  if (secret && !(URL.canParse(secret.reveal()) && /^rediss?:$/.test(new URL(secret.reveal()).protocol)))
    problems.push('REDIS_URL must be like redis://user:password@redis.example.org:6379, or rediss://…');
  return secret;
}

const minMetricsTokenLength = 16;

function buildMetricsToken(values: RawValues, problems: string[]): Secret | undefined {
  const token = secretOf(values, 'METRICS_TOKEN');
  if (token && token.reveal().length < minMetricsTokenLength)
    problems.push(`METRICS_TOKEN must have ${minMetricsTokenLength} characters or more`);
  return token;
}

const shortestSecret = 32;

function buildLegacyAuth(values: RawValues, problems: string[]): Config['legacyAuth'] {
  if (!booleanOf(values, 'LEGACY_AUTH')) return undefined;
  const jwtSecret = secretOf(values, 'LEGACY_JWT_SECRET');
  // RFC 7518 §3.2: a shorter one can be guessed from any token.
  if (jwtSecret && jwtSecret.reveal().length < shortestSecret)
    problems.push(
      'LEGACY_JWT_SECRET must be 32 characters or more; leave it out and people sign in once more instead',
    );
  const day = values.get('LEGACY_AUTH_SUNSET');
  const sunset = day === undefined ? undefined : new Date(`${day}T00:00:00Z`);
  if (sunset && (!/^\d{4}-\d{2}-\d{2}$/.test(day ?? '') || Number.isNaN(sunset.getTime())))
    problems.push('LEGACY_AUTH_SUNSET must be a day such as 2030-12-31');
  return { jwtSecret, sunset };
}

const weakSecret = /^(change|secret|default|password|example|test)/i;

function buildSecrets(values: RawValues, embedded: boolean, problems: string[]): Secret[] {
  const current = values.get('SECRET_KEY');
  if (current === undefined) {
    if (!embedded)
      problems.push('SECRET_KEY (or SECRET_KEY_FILE) is needed with DATABASE_URL: all processes share it');
    return [];
  }
  if (current.length < 32 || weakSecret.test(current))
    problems.push('SECRET_KEY must be 32 random characters or more, not a default or an example');
  const previous = secretOf(values, 'SECRET_KEY_PREVIOUS');
  return [new Secret(current), ...(previous ? [previous] : [])];
}
