/** How the text of one environment variable is read. */
export type SettingKind =
  | { kind: 'text' }
  | { kind: 'secret' }
  | { kind: 'integer'; min: number; max: number }
  | { kind: 'boolean' }
  | { kind: 'choice'; choices: readonly string[] }
  | { kind: 'list' };

export interface Setting {
  name: string;
  type: SettingKind;
  /** As it would be written in the environment; `undefined` means not set. */
  default?: string;
  description: string;
}

const text = { kind: 'text' } as const;
const secret = { kind: 'secret' } as const;
const flag = { kind: 'boolean' } as const;
const integer = (min: number, max: number): SettingKind => ({ kind: 'integer', min, max });
const choice = (...choices: string[]): SettingKind => ({ kind: 'choice', choices });

/** Every setting of the program: the environment is read by this table and by nothing else; the README shows it. */
export const settings: readonly Setting[] = [
  { name: 'HOST', type: text, default: '127.0.0.1', description: 'Address to listen on.' },
  {
    name: 'PORT',
    type: integer(0, 65535),
    default: '3000',
    description: 'Port to listen on; 0 takes a free one.',
  },
  {
    name: 'AIWFE_DATA_DIR',
    type: text,
    default: './data',
    description: 'Folder of everything this server keeps: database (embedded mode), files, secrets, logs.',
  },
  {
    name: 'ENVIRONMENT',
    type: choice('development', 'production'),
    description:
      'Production demands https and real secrets. Taken as production when DOMAIN is a public name.',
  },
  { name: 'DOMAIN', type: text, description: 'Public host name, when people reach the server by one.' },
  {
    name: 'PUBLIC_URL',
    type: text,
    description:
      'Origin that people type, for links and origin checks. Default: https://DOMAIN, else the local address.',
  },
  {
    name: 'COOKIE_DOMAIN',
    type: text,
    description: 'Share cookies below this domain. Default: this host only.',
  },
  {
    name: 'TRUSTED_PROXIES',
    type: { kind: 'list' },
    description: 'Addresses or CIDR ranges whose X-Forwarded-* headers count, separated by commas.',
  },
  {
    name: 'COUNTRY_DATABASE',
    type: text,
    description:
      'Country database in MaxMind format (.mmdb), by which sign-ins from unusual countries are noticed. Default: the bundled one; addresses are never sent anywhere.',
  },
  {
    name: 'DATABASE_URL',
    type: secret,
    description: 'PostgreSQL 15 or newer, also through PgBouncer. Default: the embedded database.',
  },
  {
    name: 'DATABASE_DIRECT_URL',
    type: secret,
    description:
      'The same database without a pooler, for LISTEN, locks and migrations. Default: DATABASE_URL.',
  },
  {
    name: 'DATABASE_POOL_SIZE',
    type: integer(2, 200),
    default: '12',
    description: 'Connections per process.',
  },
  {
    name: 'DATABASE_STATEMENT_TIMEOUT_SECONDS',
    type: integer(1, 600),
    default: '30',
    description: 'A query that takes longer is ended.',
  },
  {
    name: 'REDIS_URL',
    type: secret,
    description:
      'Redis that carries messages between processes, such as redis://user:password@redis.example.org:6379 or rediss://…. Without it, and while it is away, PostgreSQL does that.',
  },
  {
    name: 'MIGRATE_ON_START',
    type: flag,
    default: 'true',
    description: 'Bring the schema up to date at start; otherwise the start is refused until it is.',
  },
  {
    name: 'SECRET_KEY',
    type: secret,
    description:
      'Master secret of 32 characters or more. Default: generated and kept in the data folder (mode 600).',
  },
  {
    name: 'SECRET_KEY_PREVIOUS',
    type: secret,
    description: 'The master secret before a rotation, accepted until it is removed.',
  },
  {
    name: 'REGISTRATION',
    type: choice('open', 'invitation', 'approval', 'closed'),
    default: 'closed',
    description: 'Who may register: anybody, invited people, anybody with approval, nobody.',
  },
  {
    name: 'BREACHED_PASSWORDS_URL',
    type: text,
    description:
      'Service that new passwords are looked up at among stolen ones, such as https://api.pwnedpasswords.com/range/ or a copy of it. It learns five characters of a hash, never the password. Default: none is asked.',
  },
  {
    name: 'SMTP_URL',
    type: secret,
    description:
      'Mail server, such as smtp://user:password@mail.example.org:587 or smtps://…; encryption is demanded beyond this network. Default: mails are kept in the outbox of the data folder.',
  },
  {
    name: 'MAIL_FROM',
    type: text,
    description: 'Sender of mails, as Name <address>. Default: no-reply at the host of PUBLIC_URL.',
  },
  {
    name: 'LEGACY_AUTH',
    type: flag,
    default: 'false',
    description:
      'Accept the sign-in of older systems: POST /auth/login, and their tokens with LEGACY_JWT_SECRET.',
  },
  {
    name: 'LEGACY_JWT_SECRET',
    type: secret,
    description: 'Secret of 32 characters or more that the older system signed its tokens with (HS256).',
  },
  {
    name: 'LEGACY_AUTH_SUNSET',
    type: text,
    description: 'Day when that ends, as 2030-12-31: told to programs in the Sunset header.',
  },
  {
    name: 'ACCESS_TOKEN_MINUTES',
    type: integer(60, 1440),
    default: '60',
    description: 'Life of an access token.',
  },
  { name: 'REFRESH_TOKEN_DAYS', type: integer(1, 90), default: '7', description: 'Idle life of a sign-in.' },
  {
    name: 'SESSION_MAX_DAYS',
    type: integer(1, 365),
    default: '30',
    description: 'Absolute life of a sign-in of a person.',
  },
  {
    name: 'ADMIN_SESSION_MAX_HOURS',
    type: integer(1, 720),
    default: '12',
    description: 'Absolute life of a sign-in of an administrator.',
  },
  {
    name: 'MAX_SESSIONS_PER_USER',
    type: integer(1, 100),
    default: '10',
    description: 'The least recently used session ends when a person signs in once more.',
  },
  {
    name: 'CERTIFICATES_DIR',
    type: text,
    description:
      'Folder of the certificate authority and the server’s certificate. Default: certificates in the data folder.',
  },
  {
    name: 'NATIVE_TLS_PORT',
    type: integer(0, 65535),
    default: '8443',
    description: 'Port that asks devices for certificates; it opens once “npx aiwfe certs init” was run.',
  },
  {
    name: 'MAX_SOCKETS_PER_USER',
    type: integer(5, 100000),
    default: '100',
    description: 'Open WebSockets of one person in one process; every open page needs one.',
  },
  {
    name: 'UPLOAD_MAX_MB',
    type: integer(1, 4096),
    default: '200',
    description: 'Largest file that can be uploaded.',
  },
  {
    name: 'EXTRACTION_MEMORY_MB',
    type: integer(128, 16384),
    default: '1024',
    description: 'Memory of the process that reads an uploaded document.',
  },
  {
    name: 'EXTRACTION_TIMEOUT_SECONDS',
    type: integer(5, 3600),
    default: '300',
    description: 'Time to read an uploaded document.',
  },
  {
    name: 'MODEL_FIRST_TOKEN_TIMEOUT_SECONDS',
    type: integer(5, 3600),
    default: '180',
    description: 'A model that has not begun to answer by then has failed.',
  },
  {
    name: 'MODEL_IDLE_TIMEOUT_SECONDS',
    type: integer(5, 3600),
    default: '60',
    description: 'A model that falls silent in the middle of an answer for this long has failed.',
  },
  {
    name: 'WORKFLOW_LOCAL_HOSTS',
    type: { kind: 'list' },
    description:
      'Servers of your own network that HTTP steps of workflows may ask, as host or host:port, separated by commas. Default: none, only public addresses.',
  },
  {
    name: 'MAX_CONCURRENT_REQUESTS',
    type: integer(10, 100000),
    default: '1000',
    description: 'Requests in work at once; more are answered 503 with Retry-After.',
  },
  {
    name: 'METRICS_TOKEN',
    type: secret,
    description:
      'Bearer token, of 16 characters or more, with which /metrics answers beyond this machine. Default: this machine only.',
  },
  {
    name: 'LOG_LEVEL',
    type: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    description: 'Least level that is logged.',
  },
  {
    name: 'LOG_TO',
    type: choice('auto', 'stdout', 'file'),
    default: 'auto',
    description: 'Auto: a file in the data folder with the embedded database, else standard output.',
  },
];
