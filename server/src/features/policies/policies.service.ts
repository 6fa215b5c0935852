import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Actor, Role } from '../../platform/http/route.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import { PolicyVersionConflict } from './policies.errors.ts';
import { findPolicyRow, lockPolicyRow, type PolicyRow, storePolicy } from './policies.queries.ts';
import type { SecurityPolicy, SecurityPolicyChange } from './policies.schemas.ts';

/** Published after the commit of a change. */
export const policiesChangedTopic = 'policies.changed';
const busReconnectedTopic = 'bus.reconnected';
/** Safety net for a notification that never came. */
const maxStaleMs = 60_000;

export interface StoredPolicy {
  policy: SecurityPolicy;
  /** 0 until somebody changed something. */
  version: number;
  updatedAt: Date | undefined;
  updatedBy: string | undefined;
}

export interface PoliciesService {
  /** The policy in force, from memory in all but the rarest case. */
  current(): Promise<SecurityPolicy>;
  /** The same with its version, read now. */
  read(): Promise<StoredPolicy>;
  /** Changes what is named and leaves the rest. Throws `policies.version_conflict`. */
  change(
    actor: Pick<Actor, 'userId' | 'sessionId'>,
    change: SecurityPolicyChange,
    expectedVersion: number | undefined,
    client: ClientFacts,
  ): Promise<StoredPolicy>;
  close(): void;
}

/** What of the policy comes from the settings until somebody decides otherwise. */
export type PolicyDefaults = Pick<SecurityPolicy, 'registration' | 'max_sessions_per_user'>;

export interface PoliciesOptions {
  db: Database;
  bus: EventBus;
  audit: AuditTrail;
  defaults: PolicyDefaults;
  now: () => number;
}

/** True when people of this role must have a second factor. */
export function demandsSecondFactor(policy: SecurityPolicy, role: Role): boolean {
  return policy.second_factor[role] === 'required';
}

/** Roles of which a second factor is demanded. */
export function rolesWithDemand(policy: SecurityPolicy): Role[] {
  return (['user', 'admin', 'superuser'] as const).filter((role) => demandsSecondFactor(policy, role));
}

export function createPoliciesService(options: PoliciesOptions): PoliciesService {
  const { db, bus, now } = options;
  const defaults = buildDefaults(options.defaults);
  let cached: { policy: Promise<SecurityPolicy>; readAtMs: number } | undefined;
  const forget = (): void => {
    cached = undefined;
  };
  const subscriptions = [policiesChangedTopic, busReconnectedTopic].map((topic) =>
    bus.subscribe(topic, forget),
  );
  const read = async (): Promise<StoredPolicy> => toStored(defaults, await findPolicyRow(db));
  return {
    current() {
      if (cached && now() - cached.readAtMs < maxStaleMs) return cached.policy;
      const entry = { policy: read().then((stored) => stored.policy), readAtMs: now() };
      cached = entry;
      // A database that was away must not be remembered.
      entry.policy.catch(() => {
        if (cached === entry) forget();
      });
      return entry.policy;
    },
    read,
    async change(actor, change, expectedVersion, client) {
      const stored = await changePolicy(options, defaults, { actor, change, expectedVersion, client });
      bus.publish(policiesChangedTopic, {});
      return stored;
    },
    close() {
      for (const end of subscriptions) end();
    },
  };
}

function buildDefaults(given: PolicyDefaults): SecurityPolicy {
  return {
    ...given,
    require_verified_email: false,
    second_factor: { user: 'optional', admin: 'optional', superuser: 'optional' },
    second_factor_grace_days: 7,
    remember_device_days: 30,
    anomalies: {
      new_device: 'notify',
      new_country: 'notify',
      impossible_travel: 'step_up',
      burst: 'notify',
      unusual_hour: 'notify',
      password_spraying: 'notify',
    },
    audit_retention_days: 400,
    deletion_grace_days: 14,
  };
}

function merge<Whole extends SecurityPolicyChange>(whole: Whole, change: SecurityPolicyChange): Whole {
  return {
    ...whole,
    ...change,
    second_factor: { ...whole.second_factor, ...change.second_factor },
    anomalies: { ...whole.anomalies, ...change.anomalies },
  };
}

function toStored(defaults: SecurityPolicy, row: PolicyRow | undefined): StoredPolicy {
  if (!row || row.version === 0)
    return { policy: defaults, version: 0, updatedAt: undefined, updatedBy: undefined };
  return {
    policy: merge(defaults, row.policy),
    version: row.version,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by ?? undefined,
  };
}

interface RequestedChange {
  actor: Pick<Actor, 'userId' | 'sessionId'>;
  change: SecurityPolicyChange;
  expectedVersion: number | undefined;
  client: ClientFacts;
}

async function changePolicy(
  options: PoliciesOptions,
  defaults: SecurityPolicy,
  { actor, change, expectedVersion, client }: RequestedChange,
): Promise<StoredPolicy> {
  return options.db.transaction().execute(async (trx) => {
    const row = await lockPolicyRow(trx);
    if (expectedVersion !== undefined && expectedVersion !== row.version) throw PolicyVersionConflict.with();
    const before = toStored(defaults, row).policy;
    const stored = toStored(defaults, await storePolicy(trx, merge(row.policy, change), actor.userId));
    await options.audit.record(trx, {
      action: 'policies.changed',
      outcome: 'success',
      actorId: actor.userId,
      sessionId: actor.sessionId,
      details: differences(flatten(before), flatten(stored.policy)),
      personal: { address: client.address, userAgent: client.userAgent },
    });
    return stored;
  });
}

/** `second_factor.admin` → `required`, for the record of what was changed. */
function flatten(policy: SecurityPolicy): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(policy)) {
    if (typeof value !== 'object') flat.set(name, String(value));
    else for (const [inner, text] of Object.entries(value)) flat.set(`${name}.${inner}`, text);
  }
  return flat;
}

function differences(before: Map<string, string>, after: Map<string, string>): Record<string, string> {
  const changed = [...after].filter(([name, value]) => before.get(name) !== value);
  return Object.fromEntries(changed.map(([name, value]) => [name, `${before.get(name)} → ${value}`]));
}
