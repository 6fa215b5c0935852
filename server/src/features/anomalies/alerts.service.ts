import type { Database } from '../../platform/database/database.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { AccountsService } from '../accounts/index.ts';
import type { AuditEntry, AuditTrail, ClientFacts } from '../audit/index.ts';
import type { DevicesService } from '../devices/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import { labelOfUserAgent, type SessionsService } from '../sessions/index.ts';
import type { AlertNotices } from './alert-notices.ts';
import { AlertDenied, AlertNotFound, AlertOfThisDevice } from './alerts.errors.ts';
import {
  type AdminAlertFilter,
  type AdminAlertRow,
  type AlertPage,
  type AlertRow,
  demandNewPassword,
  findAlert,
  isOfSession,
  listAlerts,
  listUnscopedAlerts,
  lockAlert,
  storeDecision,
} from './alerts.queries.ts';

export interface AlertsServiceOptions {
  db: Database;
  accounts: AccountsService;
  audit: AuditTrail;
  devices: DevicesService;
  notices: SecurityNotices;
  alertNotices: AlertNotices;
  sessions: SessionsService;
  userFeed: UserFeed;
}

export interface Denial {
  endedSessions: number;
  /** What the asking session must do next; nothing for people without a password. */
  next: 'change_password' | undefined;
}

export type AlertsService = ReturnType<typeof createAlertsService>;

/** What was unusual about a person's sign-ins, and what they say about it. */
export function createAlertsService(options: AlertsServiceOptions) {
  const { db, userFeed } = options;
  return {
    list: (actor: Actor, page: AlertPage): Promise<AlertRow[]> => listAlerts(db, actor.userId, page),

    /** Throws `alerts.not_found`. */
    get: (actor: Actor, id: string): Promise<AlertRow> => getAlert(options, actor, id),

    /** For administrators; the route asks for their role. */
    listAll: (filter: AdminAlertFilter): Promise<AdminAlertRow[]> => listUnscopedAlerts(db, filter),

    /** "This was me": the same device and country do not alert again. Throws `alerts.not_found`, `alerts.denied_already`. */
    async confirm(actor: Actor, id: string, client: ClientFacts): Promise<AlertRow> {
      const announce = await db.transaction().execute(async (trx) => {
        const alert = await lockAlert(trx, actor.userId, id);
        if (!alert) throw AlertNotFound.with();
        if (alert.decision === 'denied') throw AlertDenied.with();
        if (alert.decision === 'confirmed') return undefined;
        await storeDecision(trx, id, 'confirmed');
        await options.audit.record(trx, decisionEvent('alert.confirmed', actor, alert, client));
        return options.alertNotices.alertAnswered(trx, id);
      });
      announce?.();
      userFeed.changed(actor.userId, 'alert', id);
      return getAlert(options, actor, id);
    },

    /**
     * "This was not me": all other sessions end, the device is forgotten, and a new password comes next.
     * Throws `alerts.not_found`, `alerts.this_device`.
     */
    deny: (actor: Actor, id: string, client: ClientFacts): Promise<Denial> =>
      deny(options, actor, id, client),
  };
}

async function getAlert({ db }: AlertsServiceOptions, actor: Actor, id: string): Promise<AlertRow> {
  const alert = await findAlert(db, actor.userId, id);
  if (!alert) throw AlertNotFound.with();
  return alert;
}

async function deny(
  options: AlertsServiceOptions,
  actor: Actor,
  id: string,
  client: ClientFacts,
): Promise<Denial> {
  const { db, accounts, sessions, devices, audit, notices, userFeed } = options;
  const { ended, next, announce } = await db.transaction().execute(async (trx) => {
    // The account first: every change of sessions takes its lock before others.
    await accounts.lock(trx, actor.userId);
    const alert = await lockAlert(trx, actor.userId, id);
    if (!alert) throw AlertNotFound.with();
    if (await isOfSession(trx, id, actor.sessionId)) throw AlertOfThisDevice.with();
    const others = { owner: actor.userId, except: actor.sessionId };
    const endedNow = await sessions.endWithin(trx, others, 'alert_denied');
    await storeDecision(trx, id, 'denied');
    if (alert.device_id !== null) await devices.forgetWithin(trx, actor.userId, alert.device_id);
    const hasPassword = await demandNewPassword(trx, actor.userId);
    if (hasPassword) await sessions.restrict(trx, actor, 'change_password');
    await audit.record(trx, {
      ...decisionEvent('alert.denied', actor, alert, client),
      details: { alert: id, kind: alert.kind, ended_sessions: endedNow.length },
    });
    await notices.send(trx, actor.userId, {
      kind: 'sessions_ended',
      facts: { count: String(endedNow.length), ...whereFrom(client) },
    });
    return {
      ended: endedNow,
      next: hasPassword ? ('change_password' as const) : undefined,
      announce: await options.alertNotices.alertAnswered(trx, id),
    };
  });
  announce();
  sessions.announceEnded([...ended.map((session) => session.id), actor.sessionId]);
  accounts.announceChanged(actor.userId);
  userFeed.changed(actor.userId, 'alert', id);
  return { endedSessions: ended.length, next };
}

function whereFrom(client: ClientFacts): Record<string, string> {
  return { address: client.address, device: labelOfUserAgent(client.userAgent) };
}

function decisionEvent(action: string, actor: Actor, alert: AlertRow, client: ClientFacts): AuditEntry {
  return {
    action,
    outcome: 'success',
    actorId: actor.userId,
    subjectId: actor.userId,
    sessionId: actor.sessionId,
    deviceId: alert.device_id ?? undefined,
    details: { alert: alert.id, kind: alert.kind },
    personal: { address: client.address, userAgent: client.userAgent },
  };
}
