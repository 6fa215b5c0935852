import { type ChildProcess, spawn } from 'node:child_process';
import autocannon from 'autocannon';

export interface LoadTarget {
  url: string;
  headers?: Record<string, string>;
}

/** Requests per second over `seconds` with 32 connections. Throws when anything but 2xx came back. */
export async function requestsPerSecond(target: LoadTarget, seconds = 3): Promise<number> {
  const result = await autocannon({
    url: target.url,
    connections: 32,
    duration: seconds,
    ...(target.headers ? { headers: target.headers } : {}),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${target.url}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`);
  return result.requests.average;
}

/** Starts a TypeScript file (`cpu` pins it to one core) and resolves with the JSON of its first line. */
export function startPeer<Hello>(
  file: string,
  options: { cpu?: number; env?: Record<string, string>; args?: string[] },
): Promise<{ hello: Hello; child: ChildProcess }> {
  const pinned = options.cpu === undefined ? [] : ['taskset', '-c', String(options.cpu)];
  const [program = '', ...first] = [...pinned, process.execPath];
  const child = spawn(
    program,
    [...first, '--disable-warning=ExperimentalWarning', file, ...(options.args ?? [])],
    { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve({ hello: JSON.parse(text.slice(0, end)) as Hello, child });
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with status ${code}`)));
  });
}
