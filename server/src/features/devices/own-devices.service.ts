import type { Database } from '../../platform/database/database.ts';
import { ValidationFailed } from '../../platform/errors.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { Actor } from '../../platform/http/route.ts';
import { type AccountsService, hasSecondFactor } from '../accounts/index.ts';
import { type AuditTrail, type ClientFacts, type Executor, storable } from '../audit/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import type { SessionsService } from '../sessions/index.ts';
import { DeviceNotFound, DeviceNotHere, TrustNeedsSecondFactor, TrustNotAllowed } from './devices.errors.ts';
import {
  type DeviceRow,
  deleteDevice,
  distrustDevice,
  findDevice,
  listDevices,
  lockDevice,
  openSessionsOf,
  renameDevice,
  trustDevice,
} from './devices.queries.ts';

export const maxDeviceNameLength = 60;

export interface DevicesServiceOptions {
  db: Database;
  accounts: Pick<AccountsService, 'findActiveUser'>;
  audit: AuditTrail;
  policies: Pick<PoliciesService, 'current'>;
  sessions: SessionsService;
  userFeed: UserFeed;
}

export type DevicesService = ReturnType<typeof createDevicesService>;

/** The devices of a person: named, trusted, forgotten. */
export function createDevicesService(options: DevicesServiceOptions) {
  const { db } = options;
  return {
    list: (actor: Actor): Promise<DeviceRow[]> => listDevices(db, actor.userId, actor.sessionId),

    /** An empty name brings the device's own description back. Throws `devices.not_found`, `validation_failed`. */
    async rename(actor: Actor, id: string, name: string, client: ClientFacts): Promise<DeviceRow> {
      const stored = storable(name, maxDeviceNameLength);
      if (stored === '' && name !== '')
        throw ValidationFailed.with({
          errors: [{ field: 'name', detail: 'has no readable characters', reason: 'unreadable' }],
        });
      return change(options, actor, { id, action: 'device.renamed', client }, async (trx) => {
        if (!(await renameDevice(trx, actor.userId, id, stored === '' ? null : stored)))
          throw DeviceNotFound.with();
      });
    },

    /**
     * From now on this device spares the second factor at sign-in (S23); the route has asked for it just now.
     * Throws `devices.not_found`, `devices.not_this_device`, `devices.second_factor_required`,
     * `devices.trust_not_allowed`.
     */
    async trust(actor: Actor, id: string, client: ClientFacts): Promise<DeviceRow> {
      const { remember_device_days: days } = await options.policies.current();
      const account = await options.accounts.findActiveUser(actor.userId);
      return change(options, actor, { id, action: 'device.trusted', client }, async (trx) => {
        const device = await findDevice(trx, actor.userId, id, actor.sessionId);
        if (!device) throw DeviceNotFound.with();
        if (!device.current) throw DeviceNotHere.with();
        if (days === 0) throw TrustNotAllowed.with();
        if (!account || !hasSecondFactor(account.secondFactors)) throw TrustNeedsSecondFactor.with();
        await trustDevice(trx, actor.userId, id, days);
      });
    },

    /** The next sign-in there asks for the second factor again. Throws `devices.not_found`. */
    distrust: (actor: Actor, id: string, client: ClientFacts): Promise<DeviceRow> =>
      change(options, actor, { id, action: 'device.distrusted', client }, async (trx) => {
        if (!(await distrustDevice(trx, actor.userId, id))) throw DeviceNotFound.with();
      }),

    /** Ends the device's sessions at once and no longer knows its cookie. Throws `devices.not_found`. */
    async forget(actor: Actor, id: string, client: ClientFacts): Promise<{ endedSessions: string[] }> {
      const ended = await db.transaction().execute(async (trx) => {
        if (!(await lockDevice(trx, actor.userId, id))) throw DeviceNotFound.with();
        const open = await openSessionsOf(trx, actor.userId, id);
        const endedNow = await options.sessions.endWithin(
          trx,
          { ids: open, owner: actor.userId },
          'device_forgotten',
        );
        await deleteDevice(trx, actor.userId, id);
        await record(options, trx, actor, { id, action: 'device.forgotten', client });
        return endedNow.map((session) => session.id);
      });
      options.sessions.announceEnded(ended);
      options.userFeed.changed(actor.userId, 'device', id);
      return { endedSessions: ended };
    },

    /** In the transaction of somebody who ends the sessions and records it. */
    forgetWithin: (trx: Executor, owner: string, id: string): Promise<void> => deleteDevice(trx, owner, id),
  };
}

interface DeviceChange {
  id: string;
  action: string;
  client: ClientFacts;
}

async function change(
  options: DevicesServiceOptions,
  actor: Actor,
  what: DeviceChange,
  apply: (trx: Executor) => Promise<void>,
): Promise<DeviceRow> {
  const device = await options.db.transaction().execute(async (trx) => {
    await apply(trx);
    await record(options, trx, actor, what);
    return findDevice(trx, actor.userId, what.id, actor.sessionId);
  });
  if (!device) throw DeviceNotFound.with();
  options.userFeed.changed(actor.userId, 'device', what.id);
  return device;
}

async function record(
  { audit }: DevicesServiceOptions,
  trx: Executor,
  actor: Actor,
  { id, action, client }: DeviceChange,
): Promise<void> {
  await audit.record(trx, {
    action,
    outcome: 'success',
    actorId: actor.userId,
    subjectId: actor.userId,
    sessionId: actor.sessionId,
    deviceId: id,
    personal: { address: client.address, userAgent: client.userAgent },
  });
}
