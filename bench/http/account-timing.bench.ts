// S5: how long a refused sign-in takes for an account that exists and for one that does not.
//
// The two take turns on one connection, the one that goes first changes, and what counts is the ratio within each pair:
// whatever else the machine does comes over both. Pairs disturbed in one half are many, so the figure is the median of the
// ratios, and the interval around it is that of the median (order statistics, 99 %), which asks nothing of how the times
// are distributed. Each attempt has an address of its own and no account is tried more often than is free, so that
// throttling, which is a matter of its own, does not come in between.
import { median, report } from '../lib/figures.ts';
import { benchPassword, storePeople } from '../lib/people.ts';
import { removeDataDir, startProduct } from '../lib/product.ts';
import { openProductDatabase } from '../lib/product-database.ts';
import { signInRequest, type Visitor, visit } from './sign-in-load.ts';

const rounds = 5;
const pairsEach = 200;
const warmUpPairs = 50;
const wrongPassword = `${benchPassword} no`;
/** Of the normal distribution, for 99 %. */
const z99 = 2.576;

let addresses = 0;
const product = await startProduct({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
const database = await openProductDatabase(product.dataDir);
try {
  // One attempt for each account: the same page of nothing is warm for neither of the two.
  await storePeople(database, 'known', rounds * pairsEach + warmUpPairs);
  await database.query('analyze users');
  const visitor = await visit(product);
  const ratios: number[] = [];
  const known: number[] = [];
  const unknown: number[] = [];
  const ofRounds: number[] = [];
  for (let index = 1; index <= rounds * pairsEach + warmUpPairs; index++) {
    const [knownMs, unknownMs] = await pair(visitor, index);
    if (index <= warmUpPairs) continue;
    known.push(knownMs);
    unknown.push(unknownMs);
    ratios.push(knownMs / unknownMs);
    if (ratios.length % pairsEach === 0) ofRounds.push(median(ratios.slice(-pairsEach)));
  }
  visitor.connection.close();
  show(known, unknown, ratios, ofRounds);
} finally {
  await database.close();
  await product.stop();
  removeDataDir(product.dataDir);
}

function show(known: number[], unknown: number[], ratios: number[], ofRounds: number[]): void {
  const ratio = median(ratios);
  const [low, high] = intervalOfMedian(ratios);
  const text = (value: number): string => value.toFixed(3);
  report({
    id: 'S5',
    name: `refused sign-in, account known or not: median of ${ratios.length} ratios in pairs (99 %: ${text(low)}–${text(high)}; of each ${pairsEach}: ${ofRounds.map(text).join(', ')})`,
    ours: ratio,
    baseline: 1,
    unit: 'times',
    target: '0.95–1.05',
    met: ratio >= 0.95 && ratio <= 1.05,
  });
  const spread = median(known) / median(unknown);
  report({
    id: 'S5',
    name: `refused sign-in, account known or not: medians of ${known.length} each`,
    ours: median(known),
    baseline: median(unknown),
    unit: 'ms',
    target: '0.95–1.05',
    met: spread >= 0.95 && spread <= 1.05,
  });
}

/** Milliseconds for the known account and for the unknown one. */
async function pair(visitor: Visitor, index: number): Promise<[number, number]> {
  const refuseKnown = () => refusedSignIn(visitor, `known${index}@example.org`);
  const refuseUnknown = () => refusedSignIn(visitor, `ghost${index}@example.org`);
  if (index % 2 === 0) return [await refuseKnown(), await refuseUnknown()];
  const unknownMs = await refuseUnknown();
  return [await refuseKnown(), unknownMs];
}

async function refusedSignIn({ connection, headers }: Visitor, email: string): Promise<number> {
  const request = signInRequest({ ...headers, 'x-forwarded-for': nextAddress() }, email, wrongPassword);
  const began = performance.now();
  const answer = await connection.send(request);
  const spent = performance.now() - began;
  if (answer.status !== 401) throw new Error(`sign-in: ${answer.status} ${answer.body}`);
  return spent;
}

/** An address that was not used before, from the range for benchmarks (RFC 2544). */
function nextAddress(): string {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
}

/** Between which two values the median lies, however they are distributed. */
function intervalOfMedian(values: number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const reach = (z99 * Math.sqrt(sorted.length)) / 2;
  const low = Math.max(0, Math.floor(sorted.length / 2 - reach));
  const high = Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + reach));
  return [sorted[low] ?? Number.NaN, sorted[high] ?? Number.NaN];
}
