import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * Prints the gzip size of the JavaScript and CSS that each route loads first, from the Vite manifest of the
 * build, and fails when a route is over its budget.
 */
interface ManifestEntry {
  file: string;
  src?: string;
  name?: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
}

const root = join(import.meta.dirname, '..');
const clientDirectory = join(root, '.svelte-kit/output/client');
const manifest: Record<string, ManifestEntry> = JSON.parse(
  readFileSync(join(clientDirectory, '.vite/manifest.json'), 'utf8'),
);
const kilobyte = 1024;
const defaultBudget = 150 * kilobyte;
const budgets: Record<string, number> = { '/sign-in': 60 * kilobyte };
const sizes = new Map<string, number>();

function gzipBytes(file: string): number {
  const known = sizes.get(file);
  if (known !== undefined) return known;
  const bytes = gzipSync(readFileSync(join(clientDirectory, file))).length;
  sizes.set(file, bytes);
  return bytes;
}

/** The files that the chunks of `keys` load before they run, themselves included. */
function filesOf(keys: string[], files = new Set<string>(), seen = new Set<string>()): Set<string> {
  for (const key of keys) {
    const entry = manifest[key];
    if (!entry || seen.has(key)) continue;
    seen.add(key);
    files.add(entry.file);
    for (const css of entry.css ?? []) files.add(css);
    filesOf(entry.imports ?? [], files, seen);
  }
  return files;
}

const entryKeys = Object.keys(manifest).filter((key) => manifest[key]?.isEntry);
const nodeKeyOf = new Map<number, string>();
for (const key of Object.keys(manifest)) {
  const match = /nodes\/(\d+)\.js$/.exec(key);
  if (match) nodeKeyOf.set(Number(match[1]), key);
}
const startKeys = entryKeys.filter((key) => !/nodes\/\d+\.js$/.test(key));

/** What the page itself asks for before any route is known. */
const shellFiles = [...readFileSync(join(root, 'build/index.html'), 'utf8').matchAll(/href="\/(_app[^"]+)"/g)]
  .map(([, file = '']) => file)
  .concat('theme.js');

/** Route ids with the numbers of their layouts and page, from the client's generated dictionary. */
function readRoutes(): Map<string, number[]> {
  const app = readFileSync(join(root, '.svelte-kit', generatedDirectory(), 'app.js'), 'utf8');
  const dictionary = /export const dictionary = (\{[\s\S]*?\});/.exec(app)?.[1];
  if (!dictionary) throw new Error('The build has no route dictionary.');
  const routes = new Map<string, number[]>();
  for (const [, id = '', parts = ''] of dictionary.matchAll(
    /"([^"]+)": \[([^\]]*(?:\[[^\]]*\][^\]]*)*)\]/g,
  )) {
    routes.set(
      id,
      (parts.match(/~?\d+/g) ?? []).map((text) => Number(text.replace('~', ''))),
    );
  }
  return routes;
}

function generatedDirectory(): string {
  const candidates = ['generated/build/client-optimized', 'generated/build/client'];
  const found = candidates.find((each) => existsSync(join(root, '.svelte-kit', each, 'app.js')));
  if (!found) throw new Error('Build the web first.');
  return found;
}

let failed = false;
for (const [id, nodes] of [...readRoutes()].sort()) {
  // Node 0 is the root layout, loaded everywhere; node 1 is the error page, loaded on demand.
  const keys = [...startKeys, ...[0, ...nodes].flatMap((node) => nodeKeyOf.get(node) ?? [])];
  const files = [...filesOf(keys, new Set(shellFiles))];
  const script = files.filter((file) => file.endsWith('.js')).reduce((sum, file) => sum + gzipBytes(file), 0);
  const style = files.filter((file) => file.endsWith('.css')).reduce((sum, file) => sum + gzipBytes(file), 0);
  const path = id.replace(/\/\([^)]*\)/g, '') || '/';
  const budget = budgets[path] ?? defaultBudget;
  const over = script > budget;
  failed ||= over;
  const kb = (bytes: number) => `${(bytes / kilobyte).toFixed(1).padStart(6)} KB`;
  process.stdout.write(
    `${path.padEnd(28)} JS ${kb(script)} of ${kb(budget)}  CSS ${kb(style)}${over ? '  OVER BUDGET' : ''}\n`,
  );
}
process.exitCode = failed ? 1 : 0;
