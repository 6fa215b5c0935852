import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { AuditTrail, Executor } from '../audit/index.ts';
import { throttleAddress } from '../sign-in/index.ts';
import type { AlertNotices } from './alert-notices.ts';
import { insertAlert } from './alerts.queries.ts';
import type { AlertFacts } from './explanation.ts';
import { findSpraying, type NetworkAttempt, type Spraying, sprayingWindowMinutes } from './spraying.ts';

const watchLockKey = 7_103_441_911;
/** Attempts of one window that are looked at, the newest first. */
const maxAttempts = 20_000;
/** Sign-ins from a network that tried many accounts are unusual for so long. */
const rememberHours = 24;

export interface SprayingWatchOptions {
  db: Database;
  audit: AuditTrail;
  userFeed: UserFeed;
  alertNotices: AlertNotices;
  log: Logger;
}

/**
 * Looks for password spraying in the evidence of the last hour, remembers the networks it comes from, and raises one alert
 * for administrators per attack. Of several processes one does it.
 */
export async function watchForSpraying(options: SprayingWatchOptions): Promise<void> {
  const { db, userFeed, log } = options;
  const raised = await db.transaction().execute(async (trx) => {
    const lock = await sql<{
      taken: boolean;
    }>`select pg_try_advisory_xact_lock(${watchLockKey}) as taken`.execute(trx);
    if (!lock.rows[0]?.taken) return undefined;
    await sql`delete from spraying_networks where expires_at < now()`.execute(trx);
    const found = findSpraying(await readAttempts(trx));
    if (found.length === 0) return undefined;
    await rememberNetworks(trx, found);
    return raiseAlert(options, trx, found);
  });
  if (raised === undefined) return;
  log.warn({ alert: raised.id, ...raised.facts }, 'password spraying');
  for (const administrator of raised.administrators) userFeed.changed(administrator, 'alert', raised.id);
  for (const announce of raised.announcements) announce();
}

async function readAttempts(executor: Executor): Promise<NetworkAttempt[]> {
  const { rows } = await sql<{ address: string; account: string | null; failed: boolean }>`
    select p.data->>'address' as address, coalesce(e.subject_id::text, p.data->>'email') as account,
      e.outcome = 'failure' as failed
    from audit_events e join audit_personal p on p.event_id = e.id
    where e.action = 'sign_in' and e.occurred_at > now() - ${sprayingWindowMinutes} * interval '1 minute'
      and p.data ? 'address'
    order by e.occurred_at desc limit ${maxAttempts}`.execute(executor);
  return rows.flatMap(({ address, account, failed }) =>
    account === null ? [] : [{ network: throttleAddress(address), account, failed }],
  );
}

async function rememberNetworks(executor: Executor, found: Spraying[]): Promise<void> {
  const accounts = new Map<string, number>();
  for (const { networks } of found)
    for (const [network, count] of networks)
      accounts.set(network, Math.max(count, accounts.get(network) ?? 0));
  await sql`
    insert into spraying_networks as n (network, accounts, expires_at)
    select network, accounts, now() + ${rememberHours} * interval '1 hour'
    from unnest(${[...accounts.keys()]}::text[], ${[...accounts.values()]}::int[]) as found (network, accounts)
    on conflict (network) do update set accounts = greatest(n.accounts, excluded.accounts),
      expires_at = excluded.expires_at`.execute(executor);
}

interface RaisedAlert {
  id: string;
  facts: AlertFacts;
  administrators: string[];
  announcements: (() => void)[];
}

/** One alert per attack: while it goes on, the alert grows. Returns it when it is new. */
async function raiseAlert(
  { audit, alertNotices }: SprayingWatchOptions,
  executor: Executor,
  found: Spraying[],
): Promise<RaisedAlert | undefined> {
  const facts = sumUp(found);
  const grown = await sql`
    update security_alerts set facts = ${JSON.stringify(facts)}::jsonb where id = (
      select id from security_alerts where user_id is null and kind = 'password_spraying'
        and created_at > now() - ${rememberHours} * interval '1 hour'
      order by id desc limit 1)
    returning 1`.execute(executor);
  if (grown.rows.length > 0) return undefined;
  const id = uuidv7();
  await insertAlert(executor, {
    id,
    userId: undefined,
    kind: 'password_spraying',
    severity: 'critical',
    response: 'notify',
    facts,
    personal: undefined,
    sessionId: undefined,
    deviceId: undefined,
  });
  await audit.record(executor, {
    action: 'alert.raised',
    outcome: 'success',
    details: { alert: id, kind: 'password_spraying', accounts: facts.accounts ?? 0 },
  });
  const { rows } = await sql<{ id: string }>`
    select id from users where role in ('admin', 'superuser') and status = 'active'`.execute(executor);
  const administrators = rows.map((row) => row.id);
  const announcements: (() => void)[] = [];
  for (const userId of administrators)
    announcements.push(
      await alertNotices.alertRaised(executor, { userId, alertId: id, kind: 'password_spraying' }),
    );
  return { id, facts, administrators, announcements };
}

function sumUp(found: Spraying[]): AlertFacts {
  const sum = (of: (each: Spraying) => number): number => found.reduce((total, each) => total + of(each), 0);
  return {
    signals: ['password_spraying'],
    accounts: sum((each) => each.accounts),
    attempts: sum((each) => each.attempts),
    networks: sum((each) => each.networks.size),
    within_minutes: sprayingWindowMinutes,
  };
}
