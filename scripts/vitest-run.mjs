import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findNode, localProgram, projectRoot } from './node-runtime.mjs';

/**
 * Runs Vitest projects with so many test files at a time (the configuration says how many by default); answers the numbers
 * of tests and the names of those that failed.
 */
export async function runVitest({ projects, folder, environment, filesAtATime }) {
  const resultFile = path.join(folder, `results-${projects.join('-')}.json`);
  rmSync(resultFile, { force: true });
  const status = await run(
    [
      ...['run', '--reporter=default', '--reporter=json', `--outputFile=${resultFile}`],
      ...projects.flatMap((project) => ['--project', project]),
      ...(filesAtATime === undefined ? [] : [`--maxWorkers=${filesAtATime}`]),
    ],
    environment,
  );
  const name = projects.join(' and ');
  if (!existsSync(resultFile)) {
    return { failed: 1, problems: [`${name}: Vitest ended with status ${status} and no results`] };
  }
  return readResults(JSON.parse(readFileSync(resultFile, 'utf8')), status, name);
}

function run(parameters, environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(findNode(), [localProgram('vitest'), ...parameters], {
      cwd: projectRoot,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: environment,
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
}

function readResults(results, status, name) {
  const problems = [];
  for (const file of results.testResults) {
    const shown = path.relative(projectRoot, file.name);
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    for (const test of failed) problems.push(`${shown}: ${test.fullName.trim()}`);
    if (file.status === 'failed' && failed.length === 0) {
      problems.push(`${shown}: ${(file.message ?? '').split('\n')[0] || 'could not be run'}`);
    }
  }
  const passed = results.numPassedTests;
  // An error outside of any test (an unhandled rejection, a broken tear-down) fails the run too.
  if (status !== 0 && problems.length === 0) problems.push(`${name}: Vitest ended with status ${status}`);
  if (passed === 0 && problems.length === 0) problems.push(`${name}: no test was found`);
  return {
    passed,
    failed: problems.length,
    skipped: results.numPendingTests + results.numTodoTests,
    problems,
  };
}
