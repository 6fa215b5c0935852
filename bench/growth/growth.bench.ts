// P13: what a request costs beside 100, 10,000 and a million rows of other people's data (users, sessions, events,
// conversations, messages, documents each). Three servers with a database each, asked in turns, one request at a time;
// each figure is the median of the ratios within the rounds. BENCH_ROWS=100,10000 measures smaller.
import { addDocument } from '../../server/src/features/retrieval/retrieval.fixture.ts';
import { openRefreshing, refreshOnce } from '../http/refresh-load.ts';
import { storeConversation } from '../lib/conversation-seed.ts';
import { median, report } from '../lib/figures.ts';
import { benchPassword, storePeople } from '../lib/people.ts';
import { newDataDir, type Product, removeDataDir, startProduct } from '../lib/product.ts';
import { openIdleDatabase, openProductDatabase } from '../lib/product-database.ts';
import { openConnection, prepareRequest, type RawConnection } from '../lib/raw-client.ts';
import { commonName, commonWord, rareName, storeOtherPeople } from './other-people.ts';

const sizes = (process.env.BENCH_ROWS ?? '100,10000,1000000').split(',').map(Number);
const rounds = 15;
const requestsPerRound = 8;
const ownConversations = 30;
const most = 1.5;

interface World {
  rows: number;
  product: Product;
  works: Map<string, () => Promise<unknown>>;
  milliseconds: Map<string, number[]>;
  connections: RawConnection[];
}

const worlds: World[] = [];
try {
  for (const rows of sizes) worlds.push(await openWorld(rows));
  // Only now: a connection that waits for the filling of the next database is closed meanwhile.
  for (const world of worlds) await prepareWorks(world);
  for (let round = -2; round < rounds; round++) await measureRound(round);
  const [first, ...others] = worlds;
  if (first) for (const name of first.works.keys()) show(name, first, others);
} finally {
  for (const world of worlds) await closeWorld(world);
}

/** Every server does the same work before the next kind of work begins; who goes first changes. */
async function measureRound(round: number): Promise<void> {
  for (const name of worlds[0]?.works.keys() ?? [])
    for (let turn = 0; turn < worlds.length; turn++) {
      const world = worlds[(turn + round + worlds.length) % worlds.length] as World;
      const times: number[] = [];
      for (let count = 0; count < requestsPerRound; count++) {
        const began = performance.now();
        await world.works.get(name)?.();
        times.push(performance.now() - began);
      }
      // The first rounds warm everything up.
      if (round >= 0) world.milliseconds.set(name, [...(world.milliseconds.get(name) ?? []), median(times)]);
    }
}

function show(name: string, first: World, others: World[]): void {
  const base = first.milliseconds.get(name) ?? [];
  for (const world of others) {
    const ours = world.milliseconds.get(name) ?? [];
    const ratio = median(ours.map((each, round) => each / (base[round] ?? Number.NaN)));
    report({
      id: 'P13',
      name: `${name}: ${world.rows.toLocaleString('en')} rows of others against ${first.rows}`,
      ours: ratio * median(base),
      baseline: median(base),
      unit: 'ms',
      target: `≤ ${most}`,
      met: ratio <= most,
    });
  }
}

async function openWorld(rows: number): Promise<World> {
  const dataDir = newDataDir();
  // Its first start makes secrets and schema.
  await (await startProduct({ dataDir })).stop();
  const began = performance.now();
  const idle = await openIdleDatabase(dataDir);
  try {
    await storeOtherPeople(idle, rows);
  } finally {
    await idle.close();
  }
  console.error(`  ${rows} rows stored in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  const product = await startProduct({ dataDir });
  return { rows, product, connections: [], works: new Map(), milliseconds: new Map() };
}

async function closeWorld({ product, connections }: World): Promise<void> {
  for (const connection of connections) connection.close();
  await product.stop();
  removeDataDir(product.dataDir);
}

async function prepareWorks(world: World): Promise<void> {
  const { product } = world;
  const connection = await openConnection(Number(new URL(product.url).port));
  world.connections.push(connection);
  const [adminEmail = '', email = ''] = await storeOwnRows(product.dataDir);
  const admin = await openRefreshing(product, adminEmail, benchPassword);
  const person = await openRefreshing(product, email, benchPassword);
  const ask = (who: typeof person, path: string, body?: object) => {
    const headers = { ...who.headers, cookie: who.cookies };
    const request = prepareRequest(
      body ? 'POST' : 'GET',
      `/api/v1${path}`,
      headers,
      body && JSON.stringify(body),
    );
    return async (): Promise<void> => {
      const answer = await connection.send(request);
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    };
  };
  world.connections.push(admin.connection, person.connection);
  world.works = new Map([
    ['P1, GET /profile', ask(person, '/profile')],
    ['P3, refresh', () => refreshOnce(person)],
    ['people, newest', ask(admin, '/admin/users?limit=50')],
    ['people, search that finds few', ask(admin, `/admin/users?limit=50&search=${rareName}`)],
    ['people, search that finds all', ask(admin, `/admin/users?limit=50&search=${commonName}`)],
    ['people, search by address', ask(admin, '/admin/users?limit=50&search=other0000077@example.net')],
    ['people, who are suspended', ask(admin, '/admin/users?limit=50&status=suspended')],
    ['sessions of all', ask(admin, '/admin/sessions?limit=50')],
    ['audit, newest', ask(admin, '/admin/audit?limit=50')],
    ['audit, failed sign-ins', ask(admin, '/admin/audit?limit=10&action=sign_in&outcome=failure')],
    ['audit, one address', ask(admin, '/admin/audit?limit=50&address=203.0.0.77')],
    ['audit, search by address', ask(admin, '/admin/audit?limit=50&search=other0000077@example.net')],
    ['audit, an action nobody took', ask(admin, '/admin/audit?limit=50&action=role_changed')],
    ['own activity', ask(person, '/auth/activity?limit=50')],
    ['own sessions', ask(person, '/auth/sessions')],
    ['own conversations', ask(person, '/conversations?limit=30')],
    ['own conversations, search', ask(person, `/conversations?limit=30&q=${commonWord}`)],
    ['own documents', ask(person, '/documents')],
    ['own documents, search', ask(person, '/search', { query: commonWord })],
  ]);
}

/** An administrator and a person with conversations and documents. Returns their addresses. */
async function storeOwnRows(dataDir: string): Promise<string[]> {
  const database = await openProductDatabase(dataDir);
  try {
    const emails = [
      ...(await storePeople(database, 'admin', 1, 'admin')),
      ...(await storePeople(database, 'own', 1)),
    ];
    const rows = await database.query<{ id: string }>('select id from users where email = $1', [emails[1]]);
    const ownerId = rows[0]?.id ?? '';
    for (let index = 0; index < ownConversations; index++) {
      const title = `My ${commonWord} ${index}`;
      await storeConversation({ db: database.db }, { ownerId, messages: 4, title });
      const text = `Page ${index} tells of the ${commonWord} and of the ships in it.`;
      await addDocument(database.db, ownerId, `${title}.txt`, [{ text, headingPath: [] }]);
    }
    return emails;
  } finally {
    await database.close();
  }
}
