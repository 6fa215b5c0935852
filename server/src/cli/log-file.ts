import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

const largestFileBytes = 10 * 1024 * 1024;
const olderFiles = 3;

export interface LogFile {
  readonly file: string;
  /** Appends one line. Written at once, so that the lines before a crash are there. Never throws. */
  write(line: string): void;
}

/**
 * Opens `<folder>/server.log`; at 10 MB it becomes server.log.1, and three older ones are kept. Where the disk is full the
 * server goes on: lines that cannot be written are given to `instead`, after a sentence that says why.
 */
export function openLogFile(folder: string, instead: (text: string) => void): LogFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'server.log');
  let opened: OpenFile | undefined = open(file);
  let isFailing = false;
  const writeOrThrow = (line: string): void => {
    if (opened && opened.sizeBytes > largestFileBytes) {
      closeSync(opened.descriptor);
      opened = undefined;
      moveAside(file);
    }
    opened ??= open(file);
    // What was written before the disk was full may have ended within a line.
    append(opened, isFailing ? `\n${line}` : line);
    isFailing = false;
  };
  return {
    file,
    write(line) {
      try {
        writeOrThrow(line);
      } catch (error) {
        if (!isFailing) instead(`The log ${file} cannot be written (${(error as Error).message}).\n`);
        isFailing = true;
        instead(line);
        if (opened) closeSync(opened.descriptor);
        opened = undefined;
      }
    },
  };
}

interface OpenFile {
  descriptor: number;
  sizeBytes: number;
}

function open(file: string): OpenFile {
  const descriptor = openSync(file, 'a', 0o600);
  return { descriptor, sizeBytes: fstatSync(descriptor).size };
}

function append(opened: OpenFile, text: string): void {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    const written = writeSync(opened.descriptor, bytes);
    opened.sizeBytes += written;
    bytes = bytes.subarray(written);
  }
}

const numbered = (file: string, number: number) => (number === 0 ? file : `${file}.${number}`);

/** Makes room for a new file: each becomes the next older one, the oldest goes. */
function moveAside(file: string): void {
  rmSync(`${file}.${olderFiles}`, { force: true });
  for (let number = olderFiles - 1; number >= 0; number -= 1)
    moveIfPresent(numbered(file, number), `${file}.${number + 1}`);
}

function moveIfPresent(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
