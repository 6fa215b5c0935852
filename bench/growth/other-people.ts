import type { ProductDatabase } from '../lib/product-database.ts';
import { loadInBulk } from './bulk-load.ts';

/** Words that everybody uses: in the titles, messages and passages of all, and in one's own. */
export const commonWord = 'harbour';
/** How many of the other people are found by `rareName`. */
const rarePeople = 20;
export const rareName = 'Zebedee';
export const commonName = 'Person';

const tables = [
  'audit_events',
  'users',
  'sessions',
  'messages',
  'conversations',
  'audit_personal',
  'devices',
  'refresh_tokens',
  'documents',
  'retrieval_postings',
  'retrieval_owners',
];

/** A UUID of row `n` of a table, in the order of `n`, as those of version 7 are; a month until now goes by over all rows. */
const id = (kind: number, rows: number): string =>
  `(lpad(to_hex((extract(epoch from now()) * 1000 - 2592000000 + n * (2592000000.0 / ${rows}))::bigint), 12, '0')
    || '7000800${kind.toString(16)}' || lpad(to_hex(n), 12, '0'))::uuid`;
const at = (rows: number): string => `now() - interval '30 days' + n * (interval '30 days' / ${rows})`;

/** Other people's rows: as many users, sessions, events, conversations, messages and documents. */
export async function storeOtherPeople(database: ProductDatabase, rows: number): Promise<void> {
  const numbers = `from generate_series(1, ${rows}) n`;
  // Ids are the same wherever they are used: now() is that of one statement, so the people's are kept in a table.
  await database.query(`create unlogged table bench_people as select n, ${id(1, rows)} as u_id, ${id(2, rows)} as d_id,
    ${id(3, rows)} as s_id, ${id(4, rows)} as e_id, ${id(5, rows)} as c_id, ${at(rows)} as at ${numbers}`);
  await database.query('analyze bench_people');
  await loadInBulk(database, tables, [
    [
      `${usersOf(rows)}; ${devices}; ${sessions}; ${refreshTokens}; ${retrieval}`,
      `${auditEvents}; ${auditPersonal}; ${conversations}; ${messages}; ${documents}`,
    ],
  ]);
  await database.query('drop table bench_people');
  // What the charts count is counted already.
  await database.query(
    'insert into audit_counts_state (counted_until) values (now()) on conflict (id) do update set counted_until = now()',
  );
}

const usersOf = (rows: number): string => {
  const every = Math.max(1, Math.floor(rows / rarePeople));
  const name = `case when n % ${every} = 0 and n / ${every} <= ${rarePeople} then '${rareName} ' else '${commonName} ' end`;
  return `insert into users (id, email, email_canonical, display_name, created_at, email_verified_at)
    select u_id, 'other' || lpad(n::text, 7, '0') || '@example.net', 'other' || lpad(n::text, 7, '0') || '@example.net', ${name} || n, at, at from bench_people
    order by n`;
};
const devices = `insert into devices (id, user_id, token_hash, user_agent, created_at, last_seen_at, last_address)
  select d_id, u_id, sha256(d_id::text::bytea), 'Mozilla/5.0 Firefox/140.0', at, at, '203.0.113.9' from bench_people
  order by n`;
// Every second one has signed out.
const sessions = `insert into sessions (id, user_id, device_id, user_version, delivery, factors, created_at, last_seen_at,
    idle_expires_at, expires_at, ended_at, end_reason, ip_address, user_agent)
  select s_id, u_id, d_id, 1, 'cookie', '{password}', at, at, now() + interval '6 days', now() + interval '20 days',
    case when n % 2 = 0 then at + interval '1 hour' end, case when n % 2 = 0 then 'signed_out' end, '203.0.113.9',
    'Mozilla/5.0 Firefox/140.0'
  from bench_people order by n`;
const refreshTokens = `insert into refresh_tokens (token_hash, session_id, created_at, expires_at, used_at)
  select sha256(s_id::text::bytea), s_id, at, now() + interval '6 days', case when n % 2 = 0 then at end
  from bench_people order by n`;
const auditEvents = `insert into audit_events (id, occurred_at, action, outcome, actor_id, subject_id, session_id, device_id,
    factor, code)
  select e_id, at, case when n % 5 = 0 then 'session.refreshed' else 'sign_in' end,
    case when n % 10 = 1 then 'failure' else 'success' end, u_id, u_id, s_id, d_id,
    case when n % 5 = 0 then 'refresh_token' else 'password' end,
    case when n % 10 = 1 then 'auth.invalid_credentials' end
  from bench_people order by n`;
const auditPersonal = `insert into audit_personal (event_id, salt, data)
  select e_id, '\\x00', jsonb_build_object('email', 'other' || lpad(n::text, 7, '0') || '@example.net', 'address',
    '203.0.' || (n >> 8) % 256 || '.' || n % 256, 'user_agent', 'Mozilla/5.0 Firefox/140.0')
  from bench_people order by n`;
const conversations = `insert into conversations (id, owner_id, title, title_source, scope, message_count, created_at,
    updated_at)
  select c_id, u_id, 'The ${commonWord} at ' || n, 'person', '{"kind":"none"}', 1, at, at from bench_people order by n`;
const messages = `insert into messages (id, conversation_id, owner_id, role, content, status, created_at)
  select e_id, c_id, u_id, 'user', 'Who keeps the ${commonWord} in the year ' || n, 'complete', at from bench_people where n % 2 = 0
  order by n`;
const documents = `insert into documents (id, owner_id, name, kind, media_type, size_bytes, sha256, file_key, state,
    page_count, chunk_count, ingest_id, created_at)
  select d_id, u_id, 'Harbour ' || n || '.pdf', 'pdf', 'application/pdf', 1000, encode(sha256(d_id::text::bytea), 'hex'),
    'bench/' || n, 'ready', 1, 1, e_id, at
  from bench_people order by n`;
const retrieval = `insert into retrieval_owners (owner_id, next_number) select u_id, 1 from bench_people order by n;
  insert into retrieval_postings (owner_id, block, term, entries) select u_id, 0, '${commonWord}', '\\x0101'
  from bench_people order by n`;
