import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createApplication } from '../compose.ts';
import { loadConfig } from '../config.ts';
import { Secret } from '../platform/crypto/secret.ts';
import { createLogger } from '../platform/telemetry/logger.ts';
import { CommandFailure } from './failure.ts';
import { say } from './runtime.ts';

const openapiFile = path.resolve(import.meta.dirname, '../../openapi.json');

/** `aiwfe openapi [--check]`: writes server/openapi.json from the composed routes, or says that it is out of date. */
export async function openapi(parameters: string[]): Promise<number> {
  const text = await describeApi();
  if (!parameters.includes('--check')) {
    await writeFile(openapiFile, text);
    say(`Wrote ${openapiFile}`);
    return 0;
  }
  if ((await readFile(openapiFile, 'utf8')) !== text) {
    throw new CommandFailure('server/openapi.json does not match the routes. Run: npm run api:generate');
  }
  say('server/openapi.json matches the routes.');
  return 0;
}

/** Composes the application without connecting to anything, and reads its description. */
async function describeApi(): Promise<string> {
  const unused = 'postgresql://nobody@127.0.0.1:1/none';
  const application = await createApplication(loadConfig({}), {
    role: 'api',
    log: createLogger({ level: 'silent' }),
    connection: { url: unused, directUrl: unused },
    masterSecrets: [new Secret('only to compose the routes, never to sign')],
    alone: true,
    withOpenapiGenerator: true,
  });
  await application.app.ready();
  const text = `${JSON.stringify(application.app.swagger(), null, 2)}\n`;
  await application.app.close();
  return text;
}
