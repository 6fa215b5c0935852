import { type PassThrough, Readable } from 'node:stream';
import type { PersonalData } from '../../platform/personal-data.ts';

const privateMode = 0o100600;

/**
 * Everything about a person as a zip that is made while it is read: one JSON file per kind of thing, and their files.
 * Nothing is held in memory but what is being written. A source that fails ends it with its error.
 */
export async function* writeArchive(
  kinds: readonly PersonalData[],
  userId: string,
  options: { now: Date; product: string },
): AsyncGenerator<Uint8Array> {
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  const fail = (error: unknown): void => void output.destroy(asError(error));
  zip.on('error', fail);
  let current: Readable | undefined;
  const add = (path: string, open: () => Promise<Readable>): void =>
    zip.addReadStreamLazy(path, { mtime: options.now, mode: privateMode }, (begin) => {
      open().then((stream) => {
        current = stream.once('error', fail);
        begin(null, stream);
      }, fail);
    });
  const exported = kinds.filter((kind) => kind.tables.length > 0);
  add('README.txt', async () => Readable.from([readme(exported, options)]));
  for (const kind of exported)
    add(`${kind.name}.json`, async () => Readable.from(jsonArray(kind.read(userId)), { objectMode: false }));
  const adding = addFiles(kinds, userId, add).then(() => zip.end(), fail);
  try {
    yield* output as AsyncIterable<Uint8Array>;
    await adding;
  } finally {
    current?.destroy();
    output.destroy();
  }
}

async function addFiles(
  kinds: readonly PersonalData[],
  userId: string,
  add: (path: string, open: () => Promise<Readable>) => void,
): Promise<void> {
  for (const kind of kinds) {
    if (!kind.files) continue;
    for await (const { path, open } of kind.files(userId))
      add(`files/${path}`, async () => (await open()) ?? Readable.from([Buffer.alloc(0)]));
  }
}

/** A JSON array with one thing a line. */
async function* jsonArray(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

function readme(kinds: readonly PersonalData[], { now, product }: { now: Date; product: string }): string {
  const width = Math.max(...kinds.map((kind) => kind.name.length)) + '.json'.length;
  const lines = kinds.map((kind) => `  ${`${kind.name}.json`.padEnd(width)}  ${kind.about}`);
  return [
    `What ${product} keeps about you, as of ${now.toISOString()}.`,
    '',
    'Each .json file is a list with one entry a line, in UTF-8; times are UTC. An empty list means that there is',
    'nothing of that kind. The folder files/ holds the files that you uploaded, as you uploaded them.',
    '',
    ...lines,
    '',
    'Left out on purpose: passwords, codes, keys and tokens, which are stored only as fingerprints or encrypted; the',
    'bodies of mails, since links in them open your account; and what is made from your documents (extracted text and',
    'the search index).',
    '',
  ].join('\n');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
