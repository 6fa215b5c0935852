import { sql } from 'kysely';
import type { ClientFacts, Executor } from '../audit/index.ts';
import type { AnomalyKind } from '../policies/index.ts';
import { confirmationDays, type EarlierAlert, failureWindowMinutes, type PastSignIn } from './detection.ts';

/** More sign-ins add nothing to what is known of somebody's habits. */
const maxPastSignIns = 100;
const maxEarlierAlerts = 50;

/** What the database knows about an account when somebody signs in to it. */
export interface AccountHistory {
  past: PastSignIn[];
  deviceCountries: string[];
  hasHistory: boolean;
  /** A program, which has no device cookie, signed in with this user agent before. */
  programKnown: boolean;
  failures: number;
  timeZone: string;
  sprayedAccounts: number;
  alerts: EarlierAlert[];
}

interface Row {
  past: [atMs: number, country: string | null, sameProgram: boolean][];
  has_devices: boolean;
  device_countries: string[];
  failures: number;
  time_zone: string | null;
  sprayed_accounts: number | null;
  alerts: {
    kinds: AnomalyKind[];
    at_ms: number;
    decision: 'confirmed' | 'denied' | null;
    country: string | null;
    previous_country: string | null;
    network: string | null;
    user_agent: string | null;
  }[];
}

/** Everything an assessment needs, in one statement. What was denied is no history. */
export async function readHistory(
  executor: Executor,
  userId: string,
  client: ClientFacts & { network: string },
): Promise<AccountHistory> {
  const { rows } = await sql<{ history: Row }>`
    select sign_in_history(${userId}, ${client.userAgent}, ${client.network}, ${maxPastSignIns}, ${maxEarlierAlerts},
      ${confirmationDays}, ${failureWindowMinutes}) as history`.execute(executor);
  const row = rows[0]?.history;
  if (!row) throw new Error('The history of an account was not read.');
  return toHistory(row);
}

function toHistory(row: Row): AccountHistory {
  return {
    past: row.past.map(([atMs, country]) => ({ atMs, country: country ?? undefined })),
    deviceCountries: row.device_countries,
    hasHistory: row.past.length > 0 || row.has_devices,
    programKnown: row.past.some(([, , sameProgram]) => sameProgram),
    failures: row.failures,
    timeZone: row.time_zone ?? 'UTC',
    sprayedAccounts: row.sprayed_accounts ?? 0,
    alerts: row.alerts.map((alert) => ({
      kinds: alert.kinds,
      atMs: alert.at_ms,
      decision: alert.decision ?? undefined,
      country: alert.country ?? undefined,
      previousCountry: alert.previous_country ?? undefined,
      network: alert.network ?? undefined,
      userAgent: alert.user_agent ?? undefined,
    })),
  };
}
