import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Exchange } from './fake-model-exchange.ts';

/** How one protocol writes the parts of a streamed answer. */
export interface StreamFrames {
  token(text: string): string;
  error(message: string): string;
  malformed(): string;
}

/** What became of a stream: `finish` means that the closing frames of the protocol are still to be written. */
export type StreamOutcome = 'finish' | 'ended';

/** Writes the pieces of an answer and fails on the way where the script says so. */
export async function streamPieces(
  exchange: Exchange,
  pieces: string[],
  frames: StreamFrames,
): Promise<StreamOutcome> {
  const { behaviour, response } = exchange;
  response.flushHeaders();
  if (behaviour.firstTokenDelayMs !== undefined) await delay(behaviour.firstTokenDelayMs);
  for (let sent = 0; sent <= pieces.length; sent += 1) {
    if (response.destroyed) return 'ended';
    if (behaviour.gateAfter === sent) await exchange.gate();
    if (await failAfter(exchange, sent, frames)) return 'ended';
    const piece = pieces[sent];
    if (piece === undefined) break;
    await writePiece(exchange, frames.token(piece));
  }
  return response.destroyed ? 'ended' : 'finish';
}

async function failAfter(exchange: Exchange, sent: number, frames: StreamFrames): Promise<boolean> {
  const { behaviour, response } = exchange;
  if (behaviour.stallAfter === sent) {
    if (!response.destroyed) await once(response, 'close');
    return true;
  }
  if (behaviour.errorAfter === sent) {
    response.end(frames.error(behaviour.errorMessage ?? 'the model runner has stopped'));
    return true;
  }
  if (behaviour.truncateAfter === sent) {
    response.end();
    return true;
  }
  if (behaviour.dropAfter === sent) {
    await drained(response);
    response.destroy();
    return true;
  }
  if (behaviour.malformedAfter === sent) response.write(frames.malformed());
  return false;
}

async function writePiece({ behaviour, response }: Exchange, frame: string): Promise<void> {
  if (!response.write(frame)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  if (behaviour.tokenDelayMs !== undefined) await delay(behaviour.tokenDelayMs);
  else if (behaviour.flushEachToken) await nextTurn();
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => response.write('', () => resolve()));
  await nextTurn();
}
