// S5: how long a refused sign-in takes for an account that exists and for one that does not; the two take turns.
// Every attempt has an address of its own and no account is tried more often than its free attempts, so that throttling,
// which is a matter of its own, does not come in between.
import { median, report } from '../lib/figures.ts';
import { removeDataDir, startProduct } from '../lib/product.ts';
import { prepareRequest } from '../lib/raw-client.ts';
import { prepareSignIn, visit } from './sign-in-load.ts';

const people = 50;
const attemptsEach = 4;
const password = 'bench horse battery staple 42';
const wrongPassword = 'bench horse battery staple 43';

let addresses = 0;
const product = await startProduct({ env: { REGISTRATION: 'open', TRUSTED_PROXIES: '127.0.0.1' } });
try {
  for (let index = 0; index < people; index++) await register(index);
  const known: number[] = [];
  const unknown: number[] = [];
  // The first turn warms everything up; five attempts at an account are free.
  for (let attempt = -1; attempt < attemptsEach; attempt++)
    for (let index = 0; index < people; index++) {
      const pair: [string, number[]][] = [
        [`known${index}@example.org`, known],
        [`unknown${index}@example.org`, unknown],
      ];
      // Neither is always the first of the two.
      for (const [email, times] of index % 2 === 0 ? pair : pair.toReversed()) {
        const spent = await refusedSignIn(email, nextAddress());
        if (attempt >= 0) times.push(spent);
      }
    }
  const ratio = median(known) / median(unknown);
  report({
    id: 'S5',
    name: `refused sign-in, account known or not (${known.length} each)`,
    ours: median(known),
    baseline: median(unknown),
    unit: 'ms',
    target: '0.95–1.05',
    met: ratio >= 0.95 && ratio <= 1.05,
  });
} finally {
  await product.stop();
  removeDataDir(product.dataDir);
}

/** An address that was not used before, from the range for benchmarks (RFC 2544). */
function nextAddress(): string {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
}

async function refusedSignIn(email: string, address: string): Promise<number> {
  const { connection, request } = await prepareSignIn(product, email, wrongPassword, {
    'x-forwarded-for': address,
  });
  const began = performance.now();
  const answer = await connection.send(request);
  const spent = performance.now() - began;
  connection.close();
  if (answer.status !== 401) throw new Error(`sign-in: ${answer.status} ${answer.body}`);
  return spent;
}

async function register(index: number): Promise<void> {
  const { connection, headers } = await visit(product, { 'x-forwarded-for': nextAddress() });
  const body = JSON.stringify({ email: `known${index}@example.org`, password, display_name: 'Bench' });
  const answer = await connection.send(prepareRequest('POST', '/api/v1/auth/register', headers, body));
  connection.close();
  if (answer.status !== 201) throw new Error(`register: ${answer.status} ${answer.body}`);
}
