import { median, report } from '../lib/figures.ts';
import type { ProductDatabase } from '../lib/product-database.ts';
import { openConnection, type RawConnection } from '../lib/raw-client.ts';
import { installBetterAuth, refuseFailed, startBetterAuth } from './better-auth.ts';

interface Load {
  people: number;
  perPerson: number;
  rounds: number;
}

/** How many sign-ins better-auth makes in a second, with its own hash and with ours: for comparison, no target. */
export async function measureBetterAuthSignIn(
  options: Load & { database: ProductDatabase; ours: number },
): Promise<void> {
  const peer = installBetterAuth('P2');
  if (!peer) return;
  try {
    for (const hash of ['its own', 'argon2id'] as const) {
      const database = await options.database.beside(`bench_peer_${hash === 'argon2id' ? 'ours' : 'own'}`);
      const baseline = await rateOf({ ...options, folder: peer.folder, database, hash });
      const used = hash === 'argon2id' ? 'our argon2id' : 'its own hash (scrypt)';
      const name = `sign-in, known device, all cores busy, against better-auth 1.7.7 with ${used}`;
      report({ id: 'P2', name, ours: options.ours, baseline, unit: 'sign-ins/s', target: '—', met: true });
    }
  } finally {
    peer.remove();
  }
}

async function rateOf(
  options: Load & { folder: string; database: string; hash: 'its own' | 'argon2id' },
): Promise<number> {
  const server = await startBetterAuth(options);
  const connections: RawConnection[] = [];
  try {
    const requests: Buffer[] = [];
    for (let index = 0; index < options.people; index++) {
      await server.signUp(`person${index}@example.org`);
      requests.push(server.signInRequest(`person${index}@example.org`));
      connections.push(await openConnection(Number(new URL(server.url).port)));
    }
    const rates: number[] = [];
    for (let round = -1; round < options.rounds; round++) {
      const began = performance.now();
      await Promise.all(
        connections.map(async (connection, index) => {
          for (let i = 0; i < options.perPerson; i++)
            refuseFailed(await connection.send(requests[index] as Buffer));
        }),
      );
      const seconds = (performance.now() - began) / 1_000;
      if (round >= 0) rates.push((options.people * options.perPerson) / seconds);
    }
    return median(rates);
  } finally {
    for (const connection of connections) connection.close();
    server.child.kill();
  }
}
