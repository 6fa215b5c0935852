// Runs the benchmarks one after the other and writes bench/results.md. `npm run bench -- http` runs what matches.
import { exitLike, reportFailure } from './child-process.mjs';
import { ensureInstalled } from './installation.mjs';
import { spawnLocalProgram } from './node-runtime.mjs';

try {
  await ensureInstalled();
  exitLike(spawnLocalProgram('bench/main.ts', process.argv.slice(2), { stdio: 'inherit' }));
} catch (error) {
  reportFailure(error);
}
