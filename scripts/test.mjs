// npm test: checks, unit and integration tests, web build, journeys, outside check; ends with one line of numbers.
import path from 'node:path';
import { runAllChecks } from './checks.mjs';
import { Failure, reportFailure } from './child-process.mjs';
import { runContractCheck } from './contract-check.mjs';
import { ensureInstalled } from './installation.mjs';
import { findNode, nodeEnvironment, projectRoot } from './node-runtime.mjs';
import { ensureSystemPrograms } from './system-programs.mjs';
import { openTestFolder } from './test-folder.mjs';
import { runVitest } from './vitest-run.mjs';
import { ensureWebBuild } from './web-build.mjs';

const continuousIntegration = /^(1|true)$/i.test(process.env.CI ?? '');
const totals = { passed: 0, failed: 0, skipped: 0 };
const problems = [];

function count({ passed = 0, failed = 0, skipped = 0, problems: found = [] }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  problems.push(...found);
}

/** One step as one test: it passes unless it throws. */
async function countStep(name, step) {
  title(name);
  try {
    await step();
    count({ passed: 1 });
  } catch (error) {
    const text = error instanceof Failure ? error.message : (error?.stack ?? String(error));
    process.stdout.write(`${text}\n`);
    count({ failed: 1, problems: [`${name}: ${text.split('\n')[0]}`] });
  }
}

function title(text) {
  process.stdout.write(`\n== ${text}\n`);
}

async function runChecks() {
  title('checks');
  for (const { name, ok } of await runAllChecks()) {
    count(ok ? { passed: 1 } : { failed: 1, problems: [`check ${name}`] });
  }
}

async function runTests(name, projects, folder, options) {
  title(name);
  const environment = { ...nodeEnvironment(findNode()), TMPDIR: folder };
  count(await runVitest({ projects, folder, environment, ...options }));
}

async function runEverything(only, folder) {
  if (only === undefined) await runChecks();
  if (only !== 'e2e') await runTests('server and web', ['server', 'web'], folder);
  if (only !== 'unit') {
    await countStep('web build', ensureWebBuild);
    // A journey waits for its server and its browser by turns: two keep both cores busy, three get into each other's way.
    await runTests('journeys and starts', ['e2e'], folder, { filesAtATime: 2 });
  }
  const contract = path.resolve(projectRoot, '..', 'shared', 'checks', 'contract.mjs');
  if (only === undefined) await runContractCheck({ file: contract, folder, countStep });
}

function readOnly(parameters) {
  const position = parameters.indexOf('--only');
  if (position < 0) return undefined;
  const only = parameters[position + 1];
  if (only !== 'e2e' && only !== 'unit') throw new Failure('Usage: npm test [-- --only unit|e2e]');
  return only;
}

async function main() {
  const only = readOnly(process.argv.slice(2));
  await ensureInstalled();
  const missing = await ensureSystemPrograms();
  const testFolder = openTestFolder();
  const stop = () => {
    testFolder.endProcesses();
    testFolder.remove();
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await runEverything(only, testFolder.folder);
  } finally {
    const left = testFolder.endProcesses();
    count(
      left.length === 0
        ? { passed: 1 }
        : { failed: 1, problems: left.map((line) => `left running: ${line}`) },
    );
    testFolder.remove();
  }
  report(missing);
}

function report(missing) {
  process.stdout.write('\n');
  for (const problem of problems) process.stdout.write(`FAILED  ${problem}\n`);
  for (const hint of missing) process.stdout.write(`MISSING ${hint}\n`);
  const { passed, failed, skipped } = totals;
  if (continuousIntegration && skipped > 0) process.stdout.write('Skipped tests count as failures in CI.\n');
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  const good = failed === 0 && passed > 0 && !(continuousIntegration && skipped > 0);
  process.exitCode = good ? 0 : 1;
}

main().catch(reportFailure);
