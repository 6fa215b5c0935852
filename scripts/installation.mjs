import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, runCollecting, showProgress } from './child-process.mjs';
import { projectRoot } from './node-runtime.mjs';

const lockFile = path.join(projectRoot, 'package-lock.json');
const modules = path.join(projectRoot, 'node_modules');
const stampFile = path.join(modules, '.cache', 'aiwfe-installed.json');

/** Installs the packages of package-lock.json unless node_modules holds exactly these. */
export async function ensureInstalled() {
  const { size, mtimeMs } = statSync(lockFile);
  const stamp = readJson(stampFile);
  if (stamp && stamp.size === size && stamp.mtimeMs === mtimeMs) return;
  const sha256 = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (stamp?.sha256 !== sha256 && !holdsLockedPackages()) await install();
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, `${JSON.stringify({ sha256, size, mtimeMs })}\n`);
}

/** Compares with the record that npm keeps of what it installed. */
function holdsLockedPackages() {
  const wanted = readJson(lockFile)?.packages ?? {};
  const installed = readJson(path.join(modules, '.package-lock.json'))?.packages;
  if (!installed) return false;
  return Object.entries(wanted).every(([folder, entry]) => {
    if (!folder.includes('node_modules/') || entry.link) return true;
    const found = installed[folder];
    if (!found) return entry.optional === true && !isMadeForThisMachine(entry);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** An optional package without a platform of its own hangs on one of another platform. */
function isMadeForThisMachine(entry) {
  if (!entry.os && !entry.cpu) return false;
  const fits = (list, value) => !list || list.includes(value);
  const libc = process.report?.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  return (
    fits(entry.os, process.platform) &&
    fits(entry.cpu, process.arch) &&
    (process.platform !== 'linux' || fits(entry.libc, libc))
  );
}

/**
 * `install --no-save` takes the versions and checksums of the lock file and leaves it as it is; unlike `ci` it accepts a
 * lock file that lacks optional packages of other platforms.
 */
async function install() {
  const done = showProgress('Installing packages (once, about a minute)');
  const { program, parameters } = npm();
  const { code, output } = await runCollecting(
    program,
    [...parameters, 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: projectRoot, shell: program === 'npm.cmd', env: withoutProductionMode() },
  );
  done();
  if (code !== 0) throw new Failure(`The packages could not be installed (npm install):\n${output.trim()}`);
}

/** The web page is built from development packages, so they are installed in production too. */
function withoutProductionMode() {
  const { NODE_ENV, npm_config_omit, npm_config_production, ...rest } = process.env;
  return { ...rest, npm_config_include: 'dev' };
}

function npm() {
  const running = process.env.npm_execpath;
  if (running && /npm-cli\.js$/.test(running) && existsSync(running)) {
    return { program: process.execPath, parameters: [running] };
  }
  return { program: process.platform === 'win32' ? 'npm.cmd' : 'npm', parameters: [] };
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
