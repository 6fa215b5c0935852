import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

const largestFileBytes = 10 * 1024 * 1024;
const olderFiles = 3;

export interface LogFile {
  readonly file: string;
  /** Appends one line. Written at once, so that the lines before a crash are there. */
  write(line: string): void;
}

/** Opens `<folder>/server.log`; at 10 MB it becomes server.log.1, and three older ones are kept. */
export function openLogFile(folder: string): LogFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'server.log');
  let descriptor = openSync(file, 'a', 0o600);
  let sizeBytes = fstatSync(descriptor).size;
  const rotate = () => {
    closeSync(descriptor);
    rmSync(`${file}.${olderFiles}`, { force: true });
    for (let number = olderFiles - 1; number >= 0; number -= 1)
      moveIfPresent(numbered(file, number), `${file}.${number + 1}`);
    descriptor = openSync(file, 'a', 0o600);
    sizeBytes = 0;
  };
  return {
    file,
    write(line) {
      if (sizeBytes > largestFileBytes) rotate();
      sizeBytes += writeSync(descriptor, line);
    },
  };
}

const numbered = (file: string, number: number) => (number === 0 ? file : `${file}.${number}`);

function moveIfPresent(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
