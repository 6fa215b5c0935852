import { sql } from 'kysely';
import { type Static, Type } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import { locationLabel } from '../../platform/geo/geo.ts';
import { type Actor, defineRoute, type Route } from '../../platform/http/route.ts';
import { hasSecondFactor } from '../accounts/index.ts';
import { labelOfUserAgent } from '../sessions/index.ts';

/** What else the person can sign in with, and what is left of their backup codes; other features know it. */
export interface SignInMethodsPort {
  /** Such as `oauth:google`, `certificate`. */
  otherMethods(userId: string): Promise<string[]>;
  backupCodesLeft(userId: string): Promise<number>;
  /** Whether a letter would reach anybody: an outbox that only stores does not. */
  mailReachesPeople(): boolean;
}

/** So few backup codes are soon none. */
const fewBackupCodes = 3;

export interface SecurityFacts {
  hasPassword: boolean;
  secondFactors: string[];
  emailVerified: boolean;
  mustChangePassword: boolean;
  backupCodesLeft: number;
  openAlerts: number;
  mailReachesPeople: boolean;
}

const NextStep = Type.Union([
  Type.Literal('change_password'),
  Type.Literal('review_alerts'),
  Type.Literal('verify_email'),
  Type.Literal('add_second_factor'),
  Type.Literal('renew_backup_codes'),
  Type.Literal('add_passkey'),
  Type.Null(),
]);
const Overview = Type.Object({
  level: Type.Union([Type.Literal('strong'), Type.Literal('good'), Type.Literal('weak')]),
  sign_in_methods: Type.Array(Type.String()),
  devices: Type.Integer(),
  sessions: Type.Integer(),
  open_alerts: Type.Integer(),
  next_step: NextStep,
  last_sign_in: Type.Union([
    Type.Object({
      at: Type.String({ format: 'date-time' }),
      country: Type.Union([Type.String(), Type.Null()]),
      location_label: Type.Union([Type.String(), Type.Null()]),
      label: Type.String(),
    }),
    Type.Null(),
  ]),
});

/** What to do next, the most pressing first. */
export function decideNextStep(facts: SecurityFacts): Static<typeof NextStep> {
  if (facts.mustChangePassword && facts.hasPassword) return 'change_password';
  if (facts.openAlerts > 0) return 'review_alerts';
  if (!facts.emailVerified && facts.mailReachesPeople) return 'verify_email';
  if (!hasSecondFactor(facts.secondFactors)) return 'add_second_factor';
  if (facts.backupCodesLeft < fewBackupCodes) return 'renew_backup_codes';
  return facts.secondFactors.includes('passkey') ? null : 'add_passkey';
}

/** `weak`: a stolen password opens the account. `strong`: it has a passkey, and nothing is left to do. */
export function decideLevel(facts: SecurityFacts): 'strong' | 'good' | 'weak' {
  if (!hasSecondFactor(facts.secondFactors) || (facts.mustChangePassword && facts.hasPassword)) return 'weak';
  return decideNextStep(facts) === null ? 'strong' : 'good';
}

interface Row {
  has_password: boolean;
  second_factors: string[];
  email_verified: boolean;
  must_change_password: boolean;
  devices: number;
  sessions: number;
  open_alerts: number;
  last: { at: string; country: string | null; address: string; user_agent: string } | null;
}

/** The overview of a person's own security. */
export function overviewRoute(options: { db: Database; methods: SignInMethodsPort }): Route {
  return defineRoute({
    method: 'GET',
    url: '/api/v1/auth/security',
    summary: 'How safe your account is, and what to do next',
    tags: ['security'],
    access: 'session',
    response: { 200: Overview },
    handler: ({ actor }) => readOverview(options, actor),
  });
}

async function readOverview(
  { db, methods }: { db: Database; methods: SignInMethodsPort },
  actor: Actor,
): Promise<Static<typeof Overview>> {
  const [row, others, backupCodesLeft] = await Promise.all([
    readRow(db, actor),
    methods.otherMethods(actor.userId),
    methods.backupCodesLeft(actor.userId),
  ]);
  const facts: SecurityFacts = {
    hasPassword: row.has_password,
    secondFactors: row.second_factors,
    emailVerified: row.email_verified,
    mustChangePassword: row.must_change_password,
    backupCodesLeft,
    openAlerts: row.open_alerts,
    mailReachesPeople: methods.mailReachesPeople(),
  };
  const own = [
    ...(row.has_password ? ['password'] : []),
    ...row.second_factors.filter((method) => method !== 'backup_code'),
  ];
  return {
    level: decideLevel(facts),
    sign_in_methods: [...own, ...others],
    devices: row.devices,
    sessions: row.sessions,
    open_alerts: row.open_alerts,
    next_step: decideNextStep(facts),
    last_sign_in: toLastSignIn(row.last),
  };
}

async function readRow(db: Database, actor: Actor): Promise<Row> {
  const { rows } = await sql<Row>`
    select u.password_hash is not null as has_password, u.second_factors, u.must_change_password,
      u.email_verified_at is not null as email_verified,
      (select count(*)::int from devices where user_id = u.id) as devices,
      (select count(*)::int from sessions s where s.user_id = u.id and s.ended_at is null and s.expires_at > now()
        and s.idle_expires_at > now() and s.user_version = u.session_version) as sessions,
      (select count(*)::int from security_alerts where user_id = u.id and decision is null) as open_alerts,
      (select json_build_object('at', s.created_at, 'country', s.country, 'address', s.ip_address,
          'user_agent', s.user_agent)
        from sessions s, sessions asking where asking.id = ${actor.sessionId} and s.user_id = u.id
          and s.created_at < asking.created_at
        order by s.created_at desc limit 1) as last
    from users u where u.id = ${actor.userId}`.execute(db);
  const row = rows[0];
  if (!row) throw new Error('A signed-in account is missing.');
  return row;
}

function toLastSignIn(last: Row['last']): Static<typeof Overview>['last_sign_in'] {
  if (!last) return null;
  return {
    at: new Date(last.at).toISOString(),
    country: last.country,
    location_label: locationLabel(last.country, last.address),
    label: labelOfUserAgent(last.user_agent),
  };
}
