// The drill: 10,000 passwords are tried on 1,000 accounts from 200 addresses, more at once than can wait for a hash, while
// 20 people sign in again and again on devices that they trust. Their accounts are among those that are tried and their
// addresses among those that the tries come from. None of them may be refused (S7), and the attack must end.
// server/test/identity/credential-stuffing.test.ts is the same at a tenth of the size.
import { setTimeout as delay } from 'node:timers/promises';
import { percentile, report } from '../lib/figures.ts';
import { benchPassword, storePeople } from '../lib/people.ts';
import { removeDataDir, startProduct } from '../lib/product.ts';
import { openProductDatabase } from '../lib/product-database.ts';
import { becomeKnown, prepareSignIn, type SigningIn, signInRequest, visit } from './sign-in-load.ts';

const attempts = 10_000;
const accounts = 1_000;
const addresses = 200;
const people = 20;
const attemptsAtOnce = 256;
const mostSeconds = 120;
/** Between two sign-ins of one person: people do not sign in without a pause. */
const pauseMs = 2_000;
const wrongPassword = `${benchPassword} of another leak`;

const product = await startProduct({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
const database = await openProductDatabase(product.dataDir);
try {
  const victims = await storePeople(database, 'victim', accounts);
  const browsers: SigningIn[] = [];
  for (const [index, email] of victims.slice(0, people).entries()) {
    const headers = { 'x-forwarded-for': addressOf(index) };
    const browser = await prepareSignIn(product, email, benchPassword, headers);
    browsers.push(await becomeKnown(browser, email, benchPassword));
  }
  await database.query(
    "update devices set trust_level = 'trusted', trusted_until = now() + interval '1 day'",
  );
  const answers = new Map<number, number>();
  const began = performance.now();
  const attack = tryPasswords(victims, answers);
  const legitimate = await signInUntil(browsers, attack);
  const seconds = ((await attack) - began) / 1_000;
  show(answers, seconds, legitimate);
} finally {
  await database.close();
  await product.stop();
  removeDataDir(product.dataDir);
}

/** How people fared meanwhile. */
interface Legitimate {
  milliseconds: number[];
  /** Codes of the sign-ins that were refused. */
  refusals: string[];
}

/** Each of the many connections tries the next account from the next address. Resolves when the last one has ended. */
async function tryPasswords(victims: string[], answers: Map<number, number>): Promise<number> {
  let made = 0;
  const attacker = async (): Promise<void> => {
    const { connection, headers } = await visit(product);
    while (made < attempts) {
      const number = made++;
      const request = signInRequest(
        { ...headers, 'x-forwarded-for': addressOf(number) },
        victims[number % accounts] ?? '',
        wrongPassword,
      );
      const { status } = await connection.send(request);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: attemptsAtOnce }, attacker));
  return performance.now();
}

/** People sign in again and again, each with pauses, until the attack is over. */
async function signInUntil(browsers: SigningIn[], attack: Promise<unknown>): Promise<Legitimate> {
  let isOver = false;
  const over = attack.finally(() => {
    isOver = true;
  });
  const milliseconds: number[] = [];
  const refusals: string[] = [];
  const people = browsers.map(async ({ connection, request }) => {
    while (!isOver) {
      const began = performance.now();
      const { status, body } = await connection.send(request);
      milliseconds.push(performance.now() - began);
      if (status !== 200) refusals.push((JSON.parse(body) as { code: string }).code);
      await delay(pauseMs);
    }
    connection.close();
  });
  await Promise.all([over, ...people]);
  return { milliseconds, refusals };
}

function addressOf(number: number): string {
  return `198.18.0.${number % addresses}`;
}

function show(answers: Map<number, number>, seconds: number, { milliseconds, refusals }: Legitimate): void {
  const kinds = [...answers]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');
  const why = refusals.length > 0 ? ` (${[...new Set(refusals)].join(', ')})` : '';
  const figure = { id: 'S7', baseline: null };
  report({
    ...figure,
    name: `credential stuffing: ${attempts} attempts on ${accounts} accounts from ${addresses} addresses (${kinds})`,
    ours: seconds,
    unit: 's',
    target: `≤ ${mostSeconds}`,
    met: seconds <= mostSeconds && !answers.has(200),
  });
  report({
    ...figure,
    name: 'credential stuffing: attempts',
    ours: attempts / seconds,
    unit: 'attempts/s',
    target: '—',
    met: true,
  });
  report({
    ...figure,
    name: `credential stuffing: sign-ins of ${people} people on trusted devices that were refused, of ${milliseconds.length}${why}`,
    ours: refusals.length,
    unit: 'sign-ins',
    target: '0',
    met: refusals.length === 0 && milliseconds.length >= people,
  });
  for (const p of [50, 95])
    report({
      ...figure,
      name: `credential stuffing: such a sign-in meanwhile, p${p}`,
      ours: percentile(milliseconds, p),
      unit: 'ms',
      target: '—',
      met: true,
    });
}
