import { spawn } from 'node:child_process';

/** A failure that one sentence explains; shown without a stack trace. */
export class Failure extends Error {}

/** Prints why the program cannot go on and makes it end with status 1. */
export function reportFailure(error) {
  process.stderr.write(`${error instanceof Failure ? error.message : (error?.stack ?? error)}\n`);
  process.exitCode = 1;
}

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Passes signals on to `child` and ends as it ends: same status, same signal. */
export function exitLike(child) {
  const handlers = passedOn.map((signal) => {
    const handler = () => child.kill(signal);
    process.on(signal, handler);
    return [signal, handler];
  });
  child.on('error', reportFailure);
  child.on('exit', (code, signal) => {
    for (const [name, handler] of handlers) process.off(name, handler);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

const parentCheckMs = 250;

/**
 * Ends `child` when the process that started us ends. npm passes SIGTERM on to a shell between itself and us, and that
 * shell ends without telling us.
 */
export function endWithParent(child) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, parentCheckMs);
  child.once('exit', () => clearInterval(timer));
}

/** Runs to the end and answers `{ code, output }`, with standard output and error in one text. */
export function runCollecting(program, parameters, options = {}) {
  const { promise, resolve } = withResolvers();
  const child = spawn(program, parameters, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  child.on('error', (error) => resolve({ code: 1, output: output + error.message }));
  child.on('close', (code, signal) =>
    resolve({ code: code ?? 1, output: signal ? `${output}\n(${signal})` : output }),
  );
  return promise;
}

/** `Promise.withResolvers` for Node 20. */
function withResolvers() {
  let resolve;
  let reject;
  const promise = new Promise((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}

/** Shows `text` as the one line of progress (with seconds on a terminal) until the returned function is called. */
export function showProgress(text) {
  if (!process.stderr.isTTY) {
    process.stderr.write(`${text} …\n`);
    return () => {};
  }
  const startedAt = Date.now();
  const draw = () => process.stderr.write(`\r${text} … ${Math.round((Date.now() - startedAt) / 1000)} s `);
  draw();
  const timer = setInterval(draw, 1000);
  return () => {
    clearInterval(timer);
    process.stderr.write(`\r${' '.repeat(text.length + 12)}\r`);
  };
}
