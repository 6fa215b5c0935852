import type { Readable } from 'node:stream';
import type { ChildMessage } from './extraction.types.ts';
import { ExtractionFailed } from './extraction-errors.ts';

/** Longest line the parent takes: one batch, or one page of the largest allowed text, escaped. */
const maxLineBytes = 256 * 1_024 * 1_024;
const messageTypes = new Set(['batch', 'progress', 'done', 'failed']);

/**
 * Reads the child's lines one by one; nothing more is read while the consumer works on one. The child handles hostile
 * files, so its output counts as foreign input: size and type are checked.
 */
export async function* readMessages(output: Readable): AsyncIterable<ChildMessage> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const data of output as AsyncIterable<Buffer>) {
    let start = 0;
    for (let feed = data.indexOf(10); feed !== -1; feed = data.indexOf(10, start)) {
      yield parseMessage(Buffer.concat([...pending, data.subarray(start, feed)]));
      pending = [];
      pendingBytes = 0;
      start = feed + 1;
    }
    pending.push(data.subarray(start));
    pendingBytes += data.length - start;
    if (pendingBytes > maxLineBytes) throw ExtractionFailed.with();
  }
}

function parseMessage(line: Buffer): ChildMessage {
  const value: unknown = JSON.parse(line.toString('utf8'));
  if (
    typeof value !== 'object' ||
    value === null ||
    !('type' in value) ||
    !messageTypes.has(String(value.type))
  )
    throw ExtractionFailed.with();
  return value as ChildMessage;
}
