import { sql } from 'kysely';
import type { TestApp } from '../test-app.ts';

/**
 * Blocks whatever was blocked, also if that has passed meanwhile: the first blocks last a second or two, which a hash on a
 * busy machine outlasts. What was never blocked stays open.
 */
export async function keepBlocked(app: TestApp): Promise<void> {
  await sql`update throttle_counters set blocked_until = now() + interval '1 hour'
    where blocked_until is not null`.execute(app.platform.db);
}

/** From now on what is blocked stays so for long, also against attempts that are under way. Returns how to end that. */
export async function blockForLong(app: TestApp): Promise<() => Promise<void>> {
  const { db } = app.platform;
  await sql`create function block_for_long() returns trigger language plpgsql as
    $$ begin new.blocked_until := now() + interval '1 hour'; return new; end $$`.execute(db);
  await sql`create trigger block_for_long before insert or update on throttle_counters for each row
    when (new.blocked_until > now()) execute function block_for_long()`.execute(db);
  return async () => void (await sql`drop function block_for_long cascade`.execute(db));
}

/** As if every block had passed. */
export async function lift(app: TestApp): Promise<void> {
  await sql`update throttle_counters set blocked_until = null where blocked_until is not null`.execute(
    app.platform.db,
  );
}
