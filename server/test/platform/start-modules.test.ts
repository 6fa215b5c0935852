import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testMasterSecret } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');
const listPackages = path.resolve(import.meta.dirname, '../fixtures/list-loaded-packages.mjs');

/** Each is a part of P11's idle memory that few servers need at once: it is loaded with its first use. */
const loadedOnFirstUse = [
  '@fastify/swagger',
  '@fastify/swagger-ui',
  '@langchain/core',
  '@langchain/ollama',
  '@langchain/openai',
  '@mozilla/readability',
  '@peculiar/x509',
  '@redis/client',
  '@simplewebauthn/server',
  'bcryptjs',
  'chrono-node',
  'csv-parse',
  'file-type',
  'linkedom',
  'mammoth',
  'nodemailer',
  'openid-client',
  'pdfjs-dist',
  'pkijs',
  'prom-client',
  'read-excel-file',
  'reflect-metadata',
  'unified',
  'yazl',
];

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-modules-'));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

describe('P11: a server that was started and asked for nothing', () => {
  test('has not loaded the libraries of what nobody used yet', async () => {
    const loaded = await packagesLoadedByServe();
    expect(loaded).toContain('fastify');
    expect(loadedOnFirstUse.filter((name) => loaded.includes(name))).toEqual([]);
  });
});

async function packagesLoadedByServe(): Promise<string[]> {
  const list = path.join(folder, 'packages.txt');
  const child = spawn(process.execPath, ['--import', listPackages, main, 'serve'], {
    env: {
      PATH: process.env.PATH,
      AIWFE_DATA_DIR: folder,
      DATABASE_URL: database.connectionString,
      SECRET_KEY: testMasterSecret,
      PORT: '0',
      HOST: '127.0.0.1',
      LOADED_PACKAGES_FILE: list,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await untilReady(child);
  child.kill('SIGTERM');
  await exited;
  return (await readFile(list, 'utf8')).split('\n');
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes(' is ready at ')) resolve();
    });
    child.once('exit', () => reject(new Error(`The server ended before it was ready:\n${output}`)));
  });
}
