import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCollecting, showProgress } from './child-process.mjs';

/** Programs that some tests need, and the Debian packages that bring them. */
const needed = [
  { program: 'chromium', package: 'chromium' },
  { program: 'pgbouncer', package: 'pgbouncer' },
  { program: 'caddy', package: 'caddy' },
  { program: 'redis-server', package: 'redis-server' },
  { program: 'openssl', package: 'openssl' },
  { program: 'curl', package: 'curl' },
];
const programFolders = [
  ...(process.env.PATH ?? '').split(path.delimiter),
  '/usr/sbin',
  '/sbin',
  '/usr/local/sbin',
];
const servicePolicy = '/usr/sbin/policy-rc.d';

/** Installs what is missing on Debian when we are root; answers a sentence for each program that stays missing. */
export async function ensureSystemPrograms() {
  const missing = findMissing();
  if (missing.length === 0) return [];
  if (process.getuid?.() === 0 && isProgram('apt-get')) {
    await install(missing.map((item) => item.package));
  }
  return findMissing().map(
    (item) =>
      `${item.program}: the tests that need it are skipped. Install it: apt-get install ${item.package}`,
  );
}

function findMissing() {
  return needed.filter((item) => !isProgram(item.program));
}

function isProgram(name) {
  return programFolders.some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function install(packages) {
  const done = showProgress(`Installing ${packages.join(', ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Only the programs are wanted: their packages must not start services on this machine.
  const keepServicesOff = !existsSync(servicePolicy);
  if (keepServicesOff) writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const steps = [
      ['-q', 'update'],
      ['-q', '-y', '--no-install-recommends', 'install', ...packages],
    ];
    for (const parameters of steps) {
      const { code, output } = await runCollecting('apt-get', parameters, { env: environment });
      if (code !== 0) {
        process.stdout.write(`apt-get ${parameters.join(' ')} failed:\n${output.trim()}\n`);
        return;
      }
    }
  } finally {
    if (keepServicesOff) rmSync(servicePolicy, { force: true });
    done();
  }
}
