// P12: gzipped JavaScript that sign-in and the heaviest first page load, from the build that is there.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { report } from '../lib/figures.ts';

const web = path.resolve(import.meta.dirname, '../../web');
const { stdout, stderr, error } = spawnSync(process.execPath, ['scripts/route-weight.ts'], {
  cwd: web,
  encoding: 'utf8',
});
const weights = [...stdout.matchAll(/^(\S+)\s+JS\s+([\d.]+) KB of\s+([\d.]+) KB/gm)].map(
  ([, route = '', size, budget]) => ({ route, size: Number(size), budget: Number(budget) }),
);
const signIn = weights.find(({ route }) => route === '/sign-in');
const heaviest = weights.toSorted((a, b) => b.size - a.size)[0];
if (!signIn || !heaviest) throw new Error(`The web is not built: ${error?.message ?? stderr}`);
for (const { route, size, budget } of [signIn, heaviest])
  report({
    id: 'P12',
    name: `JavaScript of ${route}${route === heaviest.route ? ', the heaviest first page' : ''} (gzip)`,
    ours: size,
    baseline: null,
    unit: 'KB',
    target: `≤ ${budget}`,
    met: size <= budget,
  });
