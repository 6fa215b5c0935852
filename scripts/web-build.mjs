import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, runCollecting, showProgress } from './child-process.mjs';
import { findNode, localProgram, nodeEnvironment, projectRoot } from './node-runtime.mjs';

const webFolder = path.join(projectRoot, 'web');
const buildFolder = path.join(webFolder, 'build');
const stampFile = path.join(buildFolder, '.aiwfe-sources.json');
const skippedFolders = new Set(['node_modules', 'build', '.svelte-kit', 'coverage']);

/**
 * Builds the web page unless the build was made from exactly these sources. Names, sizes and times are compared first;
 * contents only when these differ.
 */
export async function ensureWebBuild() {
  const files = sourceFiles();
  const quick = digest(files, ({ name, size, mtimeMs }) => `${name}\0${size}\0${mtimeMs}\n`);
  const stamp = readStamp();
  if (stamp?.quick === quick) return { built: false };
  const contents = digest(
    files,
    ({ name }) => `${name}\0${sha256(readFileSync(path.join(projectRoot, name)))}\n`,
  );
  const built = stamp?.contents !== contents;
  if (built) await build();
  writeFileSync(stampFile, `${JSON.stringify({ quick, contents })}\n`);
  return { built };
}

function sourceFiles() {
  const names = ['package-lock.json', ...filesBelow('web'), ...filesBelow('api-client')].sort();
  return names.map((name) => {
    const { size, mtimeMs } = statSync(path.join(projectRoot, name));
    return { name, size, mtimeMs };
  });
}

function filesBelow(folder) {
  return readdirSync(path.join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : filesBelow(name);
    return entry.isFile() && !/\.(test|spec)\.ts$/.test(entry.name) ? [name] : [];
  });
}

function digest(files, line) {
  return sha256(files.map(line).join(''));
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}

function readStamp() {
  if (!existsSync(path.join(buildFolder, 'index.html')) || !existsSync(stampFile)) return undefined;
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function build() {
  const done = showProgress('Building the web page');
  const node = findNode();
  const { code, output } = await runCollecting(node, [localProgram('vite', 'web'), 'build'], {
    cwd: webFolder,
    env: { ...nodeEnvironment(node), NODE_ENV: 'production' },
  });
  done();
  if (code !== 0) throw new Failure(`The web page could not be built:\n${output.trim()}`);
}
