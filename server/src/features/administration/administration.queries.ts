import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import type { Role } from '../../platform/http/route.ts';
import { type AccountStatus, canonicalEmail } from '../accounts/index.ts';
import type { Executor } from '../audit/index.ts';

/** A person as lists show them. */
export interface PersonRow {
  id: string;
  email: string;
  display_name: string;
  role: Role;
  status: AccountStatus;
  email_verified: boolean;
  second_factors: string[];
  created_at: Date;
  last_sign_in_at: Date | null;
  live_sessions: number;
}

export interface PersonDetailsRow extends PersonRow {
  devices: number;
  has_password: boolean;
  must_change_password: boolean;
  second_factor_due_at: Date | null;
}

const liveSession = sql`s.ended_at is null and s.expires_at > now() and s.idle_expires_at > now()`;
const personColumns = sql`u.id, u.email, u.display_name, u.role, u.status, u.email_verified_at is not null as email_verified,
  u.second_factors, u.created_at,
  (select max(e.occurred_at) from audit_events e
    where e.subject_id = u.id and e.action = 'sign_in' and e.outcome = 'success') as last_sign_in_at,
  (select count(*) from sessions s
    where s.user_id = u.id and ${liveSession} and s.user_version = u.session_version) as live_sessions`;

export interface PeopleSearch {
  search: string | undefined;
  role: Role | undefined;
  status: AccountStatus | undefined;
  /** Id of the last one shown. */
  after: string | undefined;
  limit: number;
}

/** How many of the newest people a search looks at one by one; more where that may well fill the page. */
const newestLookedAt = 500;
const moreLookedAt = 5_000;

/**
 * Newest first. How rare words are cannot be estimated. Common ones are found among the newest people, without reading all
 * who match; what is rare there is found through the index of words.
 */
export async function listPeople(db: Database, query: PeopleSearch): Promise<PersonRow[]> {
  const address = canonicalEmail(query.search ?? '');
  if (address !== undefined) {
    const pattern = `${address.replace(/[\\%_]/g, '\\$&')}%`;
    return peopleAmong(db, query, sql`materialized`, [sql`email_canonical like ${pattern}`]);
  }
  const words = searchWords(query.search ?? '');
  if (words.length === 0) return peopleAmong(db, query, sql`not materialized`, []);
  let newest = await amongNewest(db, query, words, newestLookedAt);
  const perhaps = (2 * newest.ids.length * moreLookedAt) / newestLookedAt;
  if (!newest.complete && perhaps >= query.limit) newest = await amongNewest(db, query, words, moreLookedAt);
  if (newest.complete)
    return peopleAmong(db, query, sql`materialized`, [sql`id = any(${newest.ids}::uuid[])`]);
  return db.transaction().execute(async (trx) => {
    await sql`select set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)`.execute(
      trx,
    );
    return peopleAmong(trx, query, sql`materialized`, [matches(words)]);
  });
}

/** The page is cut before anything is looked up for its people. */
async function peopleAmong(
  executor: Executor,
  query: PeopleSearch,
  materialized: RawBuilder<unknown>,
  conditions: RawBuilder<unknown>[],
): Promise<PersonRow[]> {
  const { rows } = await sql<PersonRow>`
    with found as ${materialized} (
      select id from users where ${sql.join([olderThan(query.after), ...filters(query), ...conditions], sql` and `)}),
    page as (select id from found order by id desc limit ${query.limit})
    select ${personColumns} from page join users u using (id) order by u.id desc`.execute(executor);
  return rows;
}

/** Those of the page among so many of the newest people; complete when the page is full or there are no more people. */
async function amongNewest(
  executor: Executor,
  query: PeopleSearch,
  words: string[],
  people: number,
): Promise<{ ids: string[]; complete: boolean }> {
  const newest = sql`from users where ${olderThan(query.after)} order by id desc limit ${people}`;
  const conditions = sql.join([...filters(query), ...contains(words), matches(words)], sql` and `);
  const { rows } = await sql<{ ids: string[]; complete: boolean }>`
    select ids, cardinality(ids) >= ${query.limit} or (select count(*) from (select ${newest}) seen) < ${people} as complete
    from (select array(select id from (select id, email_canonical, display_name, role, status ${newest}) newest
      where ${conditions} order by id desc limit ${query.limit}) as ids offset 0) found`.execute(executor);
  return rows[0] ?? { ids: [], complete: false };
}

const olderThan = (after: string | undefined): RawBuilder<unknown> =>
  after === undefined ? sql`true` : sql`id < ${after}::uuid`;

function filters({ role, status }: PeopleSearch): RawBuilder<unknown>[] {
  return [
    ...(role === undefined ? [] : [sql`role = ${role}`]),
    ...(status === undefined ? [] : [sql`status = ${status}`]),
  ];
}

/** Letters and digits only: nothing of what was typed is read as an operator. */
function searchWords(text: string): string[] {
  return (text.normalize('NFKC').match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).slice(0, 10);
}

/** Every word as a prefix, all of them wanted. */
function matches(words: string[]): RawBuilder<unknown> {
  const wanted = words.map((word) => `'${word}':*`).join(' & ');
  return sql`person_search_words(email_canonical, display_name) @@ to_tsquery('simple', ${wanted})`;
}

/**
 * Who matches also contains the words, which is thirty times cheaper to see. Only for words that the parser of texts
 * leaves as they are.
 */
function contains(words: string[]): RawBuilder<unknown>[] {
  return words
    .filter((word) => /^(?:[a-z][a-z0-9]*|[0-9]+)$/i.test(word))
    .map((word) => sql`strpos(lower(display_name || ' ' || email_canonical), ${word.toLowerCase()}) > 0`);
}

export async function findPerson(executor: Executor, id: string): Promise<PersonDetailsRow | undefined> {
  const { rows } = await sql<PersonDetailsRow>`
    select ${personColumns}, u.password_hash is not null as has_password, u.must_change_password,
      u.second_factor_due_at, (select count(*) from devices d where d.user_id = u.id) as devices
    from users u where u.id = ${id}`.execute(executor);
  return rows[0];
}

export interface PersonSessionRow {
  id: string;
  user_id: string;
  email: string;
  display_name: string;
  role: Role;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  ip_address: string;
  user_agent: string;
  device_name: string | null;
  country: string | null;
  factors: string[];
  restriction: string | null;
}

/** Live sessions of one person or of all, newest first. */
export async function listPeoplesSessions(
  executor: Executor,
  query: { userId: string | undefined; after: string | undefined; limit: number },
): Promise<PersonSessionRow[]> {
  const { rows } = await sql<PersonSessionRow>`
    select s.id, s.user_id, u.email, u.display_name, u.role, s.created_at, s.last_seen_at, s.expires_at, s.ip_address,
      s.user_agent, d.name as device_name, s.country, s.factors, s.restriction
    from sessions s join users u on u.id = s.user_id left join devices d on d.id = s.device_id
    where ${liveSession} and s.user_version = u.session_version
      and ${query.userId === undefined ? sql`true` : sql`s.user_id = ${query.userId}::uuid`}
      and ${query.after === undefined ? sql`true` : sql`s.id < ${query.after}::uuid`}
    order by s.id desc limit ${query.limit}`.execute(executor);
  return rows;
}

export async function findSessionOwner(executor: Executor, sessionId: string): Promise<string | undefined> {
  const { rows } = await sql<{ user_id: string }>`
    select s.user_id from sessions s where s.id = ${sessionId} and ${liveSession}`.execute(executor);
  return rows[0]?.user_id;
}

/** A changed role or status begins a new session version: nothing of before is good any more (S19). */
export async function updatePerson(
  trx: Executor,
  id: string,
  change: { displayName?: string; role?: Role; status?: AccountStatus },
): Promise<void> {
  const endsSessions = change.role !== undefined || change.status !== undefined;
  await sql`
    update users set display_name = coalesce(${change.displayName ?? null}, display_name),
      role = coalesce(${change.role ?? null}, role), status = coalesce(${change.status ?? null}, status),
      session_version = session_version + ${endsSessions ? 1 : 0}, updated_at = now()
    where id = ${id}`.execute(trx);
}

export async function demandPasswordChange(trx: Executor, id: string): Promise<void> {
  await sql`update users set must_change_password = true, updated_at = now() where id = ${id}`.execute(trx);
}

export interface Creation {
  userId: string;
  requestHash: string;
}

export async function findCreation(
  executor: Executor,
  actorId: string,
  key: string,
): Promise<Creation | undefined> {
  const { rows } = await sql<{ user_id: string; request_hash: string }>`
    select user_id, request_hash from account_creations where actor_id = ${actorId} and key = ${key}`.execute(
    executor,
  );
  return rows[0] && { userId: rows[0].user_id, requestHash: rows[0].request_hash };
}

export async function storeCreation(
  trx: Executor,
  actorId: string,
  key: string,
  creation: Creation,
): Promise<void> {
  await sql`insert into account_creations (actor_id, key, request_hash, user_id)
    values (${actorId}, ${key}, ${creation.requestHash}, ${creation.userId})`.execute(trx);
}

/** Nobody repeats a request after that long. */
export async function removeOldCreations(executor: Executor): Promise<void> {
  await sql`delete from account_creations where created_at < now() - interval '2 days'`.execute(executor);
}
