import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { expect, test } from 'vitest';
import { createPinnedConnect } from './pinned-connect.ts';

/** Something between us and the network that connects to another address than it was told. */
function connectTo(remoteAddress: string) {
  let destroyed = false;
  const socket = {
    remoteAddress,
    destroy: () => {
      destroyed = true;
    },
  } as unknown as Socket;
  const connect = createPinnedConnect({
    allowLocal: false,
    connectTimeoutMs: 1_000,
    resolve: async () => [{ address: '93.184.216.34', family: 4 }],
    buildConnector: (() => (_target: unknown, callback: buildConnector.Callback) =>
      callback(null, socket)) as unknown as typeof buildConnector,
  });
  const target = { hostname: 'public.test', protocol: 'http:', port: '80' };
  return new Promise<{ error: unknown; connected: boolean; destroyed: boolean }>((resolve) => {
    connect(target as buildConnector.Options, (error, connected) =>
      resolve({ error, connected: connected !== null, destroyed }),
    );
  });
}

test('S34: what was connected to is judged too, whoever chose it', async () => {
  for (const address of ['127.0.0.1', '::ffff:10.0.0.1', '169.254.169.254'])
    expect(await connectTo(address)).toEqual({
      error: expect.objectContaining({
        code: 'outbound.address_not_allowed',
        reason: address.startsWith('169.') ? 'metadata' : 'local',
        params: { address: expect.stringContaining(address) },
      }),
      connected: false,
      destroyed: true,
    });
  expect(await connectTo('93.184.216.34')).toEqual({ error: null, connected: true, destroyed: false });
});
