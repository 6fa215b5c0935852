import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { BadResponse, OutboundTooLarge, toOutboundProblem } from './outbound-errors.ts';
import type { RequestClock } from './request-clock.ts';

const bufferedBytes = 256 * 1024;

const decoders: Record<string, () => NodeJS.ReadWriteStream & Readable> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** Unpacks a body, or hands it on as it is. Throws `outbound.bad_response` for an unknown encoding. */
export function decodeBody(body: Readable, encoding: string | undefined): Readable {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  const createDecoder = decoders[name];
  if (!createDecoder) {
    // Destroying it is our own doing; the error that follows says nothing new.
    body.on('error', () => {}).destroy();
    throw BadResponse.with({
      detail: `The answer is packed in a way not known here (${name}).`,
      reason: 'encoding',
      params: { encoding: name },
    });
  }
  const decoder = createDecoder();
  body.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => body.destroy());
  return body.pipe(decoder);
}

interface BodyState {
  maxBytes: number;
  clock: RequestClock;
  /** Set once the stream has ended, failed or was cancelled: nothing more may be said to its reader. */
  settled: boolean;
}

/**
 * The body as a web stream: at most `maxBytes` after unpacking, with back-pressure, its clock restarted by every chunk.
 * Fails with a declared problem, or with the reason of the caller's own abort.
 */
export function boundBody(
  body: Readable,
  options: { maxBytes: number; clock: RequestClock },
): ReadableStream<Uint8Array> {
  const state: BodyState = { ...options, settled: false };
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => forward(body, controller, state),
      pull() {
        state.clock.progress();
        body.resume();
      },
      cancel() {
        state.settled = true;
        state.clock.stop();
        body.destroy();
      },
    },
    { highWaterMark: bufferedBytes, size: (chunk) => chunk.byteLength },
  );
}

function forward(
  body: Readable,
  controller: ReadableStreamDefaultController<Uint8Array>,
  state: BodyState,
): void {
  const { clock, maxBytes } = state;
  let received = 0;
  const settle = (act: () => void): void => {
    if (state.settled) return;
    state.settled = true;
    clock.stop();
    act();
  };
  const fail = (error: unknown): void => {
    settle(() => controller.error(error));
    body.destroy();
  };
  const rest = (): void => {
    clock.hold();
    body.pause();
  };
  body.on('data', (chunk: Buffer) => {
    if (state.settled) return;
    received += chunk.byteLength;
    if (received > maxBytes) return fail(OutboundTooLarge.with());
    clock.progress();
    controller.enqueue(chunk);
    if ((controller.desiredSize ?? 0) <= 0) rest();
  });
  body.on('end', () => settle(() => controller.close()));
  body.on('error', (error) => fail(clock.reason() ?? toOutboundProblem(error, 'body')));
  body.on('close', () => fail(clock.reason() ?? toOutboundProblem(undefined, 'body')));
  clock.onExpiry(fail);
  rest();
}
