// better-auth as its documentation sets it up: PostgreSQL, e-mail and password, cookie cache. Not a dependency of this
// project: its packages are in the folder that BETTER_AUTH_FOLDER names.
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface Passwords {
  hash(password: string): Promise<string>;
  verify(stored: { hash: string; password: string }): Promise<boolean>;
}
interface Argon2 {
  hash(password: string, options: object): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
}
type Auth = { options: object };

const {
  BETTER_AUTH_FOLDER: folder = '',
  DATABASE_URL: database = '',
  PORT: port = '',
  HASH: hash,
} = process.env;
const { betterAuth } = await load<{ betterAuth(options: object): Auth }>('better-auth');
const { toNodeHandler } = await load<{ toNodeHandler(auth: Auth): RequestListener }>('better-auth/node');
const { getMigrations } = await load<{
  getMigrations(options: object): Promise<{ runMigrations(): Promise<void> }>;
}>('better-auth/db/migration');
const { default: pg } = await load<{ default: { Pool: new (options: object) => object } }>('pg');

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'bench secret of better-auth, of 32 characters and more',
  database: new pg.Pool({ connectionString: database, max: 12 }),
  emailAndPassword: { enabled: true, ...(hash === 'argon2id' ? { password: await argon2id() } : {}) },
  session: { cookieCache: { enabled: true, maxAge: 3_600 } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
});
await (await getMigrations(auth.options)).runMigrations();
createServer(toNodeHandler(auth)).listen(Number(port), '127.0.0.1', () => {
  console.log(JSON.stringify({ pid: process.pid }));
});

async function argon2id(): Promise<Passwords> {
  const options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
  const argon2 = await load<Argon2>('@node-rs/argon2');
  return {
    hash: (password) => argon2.hash(password, options),
    verify: (stored) => argon2.verify(stored.hash, stored.password),
  };
}

async function load<Module>(name: string): Promise<Module> {
  const file = createRequire(path.join(folder, 'package.json')).resolve(name);
  return (await import(pathToFileURL(file).href)) as Module;
}
