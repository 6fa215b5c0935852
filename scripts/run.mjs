// node scripts/run.mjs <program> [arguments]: runs a program of node_modules/.bin under Node 24.
import { exitLike, reportFailure } from './child-process.mjs';
import { ensureInstalled } from './installation.mjs';
import { spawnLocalProgram } from './node-runtime.mjs';

try {
  const [program, ...parameters] = process.argv.slice(2);
  if (!program) throw new Error('Usage: node scripts/run.mjs <program> [arguments]');
  await ensureInstalled();
  exitLike(spawnLocalProgram(program, parameters, { stdio: 'inherit' }));
} catch (error) {
  reportFailure(error);
}
