import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { type Geo, locationLabel } from '../../platform/geo/geo.ts';
import type { Executor } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { PoliciesService, SecurityPolicy } from '../policies/index.ts';
import { labelOfUserAgent } from '../sessions/index.ts';
import {
  type RiskAssessor,
  type RiskInput,
  type RiskOutcome,
  type RiskVerdict,
  throttleAddress,
} from '../sign-in/index.ts';
import type { AlertNotices } from './alert-notices.ts';
import { continueAlert, insertAlert } from './alerts.queries.ts';
import { detectSignals, isDeniedPlace, strongestResponse, withoutAnswered } from './detection.ts';
import type { AlertFacts } from './explanation.ts';
import { readHistory } from './risk.queries.ts';

/** As long as a second factor may take, and a little more. */
const sameAlertSeconds = 1_800;

export interface RiskAssessorOptions {
  db: Database;
  geo: Geo;
  policies: Pick<PoliciesService, 'current'>;
  notices: SecurityNotices;
  alertNotices: AlertNotices;
  userFeed: UserFeed;
  now: () => number;
}

/** Judges sign-ins by what is usual for the person, and keeps what was unusual as alerts. */
export function createRiskAssessor(options: RiskAssessorOptions): RiskAssessor {
  return {
    assess: (input) => assess(options, input),
    recordOutcome: (executor, outcome) => recordOutcome(options, executor, outcome),
  };
}

async function assess(options: RiskAssessorOptions, input: RiskInput): Promise<RiskVerdict> {
  const { client, device } = input;
  const country = options.geo.countryOf(client.address);
  const usual: RiskVerdict = { response: 'none', signals: [], country };
  // The proof of a device cookie from where that device was last: nothing here would say more, so nothing is asked.
  if (device?.lastAddress === client.address) return usual;
  const { anomalies } = await options.policies.current();
  const { signals, denied } = await findSignals(options, input, country, anomalies);
  if (denied) return { response: 'block', signals, country };
  if (signals.length === 0) return usual;
  const strongest = strongestResponse(signals.map(({ kind }) => anomalies[kind]));
  return { response: strongest === 'ignore' ? 'none' : strongest, signals, country };
}

async function findSignals(
  options: RiskAssessorOptions,
  { account, client, device, factors }: RiskInput,
  country: string | undefined,
  anomalies: SecurityPolicy['anomalies'],
): Promise<{ signals: RiskVerdict['signals']; denied: boolean }> {
  const atMs = options.now();
  const network = throttleAddress(client.address);
  const { programKnown, alerts, ...history } = await readHistory(options.db, account.id, {
    ...client,
    network,
  });
  const facts = {
    ...history,
    atMs,
    country,
    deviceLabel: labelOfUserAgent(client.userAgent),
    deviceKnown: device !== undefined || programKnown,
  };
  // Failed guesses say nothing about a factor that nobody can guess.
  const guessable = factors.includes('password') ? facts : { ...facts, failures: 0, sprayedAccounts: 0 };
  const wanted = detectSignals(guessable, options.geo).filter(({ kind }) => anomalies[kind] !== 'ignore');
  const place = { country, network, userAgent: client.userAgent, atMs };
  return {
    signals: withoutAnswered(wanted, alerts, place, (kind) => anomalies[kind]),
    denied: device === undefined && isDeniedPlace(alerts, place),
  };
}

async function recordOutcome(
  options: RiskAssessorOptions,
  executor: Executor,
  outcome: RiskOutcome,
): Promise<(() => void) | undefined> {
  const { account, client, verdict } = outcome;
  const [gravest] = verdict.signals;
  if (!gravest || verdict.response === 'none') return undefined;
  const network = throttleAddress(client.address);
  const response = responseOf(outcome);
  // One alert for the whole of a sign-in, and one for somebody who tries again and again.
  const earlier = await continueAlert(executor, {
    userId: account.id,
    response,
    network,
    userAgent: client.userAgent,
    sessionId: outcome.sessionId,
    deviceId: outcome.deviceId,
    seconds: sameAlertSeconds,
  });
  if (earlier !== undefined) return () => options.userFeed.changed(account.id, 'alert', earlier);
  const id = uuidv7();
  await insertAlert(executor, {
    id,
    userId: account.id,
    kind: gravest.kind,
    severity: gravest.severity,
    response,
    facts: factsOf(verdict),
    personal: { address: client.address, network, user_agent: client.userAgent },
    sessionId: outcome.sessionId,
    deviceId: outcome.deviceId,
  });
  const kind = noticeKind(outcome);
  if (kind) await options.notices.send(executor, account.id, { kind, facts: noticeFacts(options, outcome) });
  const told = { userId: account.id, alertId: id, kind: kind ?? ('sign_in_blocked' as const) };
  const announce = await options.alertNotices.alertRaised(executor, told);
  return () => {
    options.userFeed.changed(account.id, 'alert', id);
    announce();
  };
}

/** What was really done: where nobody could be asked for more, nobody was. */
function responseOf({ verdict, outcome, steppedUp }: RiskOutcome): 'notify' | 'step_up' | 'block' {
  if (outcome === 'blocked') return 'block';
  return verdict.response === 'step_up' && (steppedUp || outcome === 'challenged') ? 'step_up' : 'notify';
}

function noticeFacts(options: RiskAssessorOptions, { client, verdict }: RiskOutcome): Record<string, string> {
  const place = locationLabel(verdict.country ?? null, client.address);
  return {
    time: `${new Date(options.now()).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    device: labelOfUserAgent(client.userAgent),
    address: client.address,
    ...(place === null ? {} : { place }),
  };
}

/** Of a blocked sign-in the sign-in itself tells. */
function noticeKind({ outcome, verdict }: RiskOutcome): 'new_device' | 'unusual_sign_in' | undefined {
  if (outcome === 'blocked') return undefined;
  return verdict.signals.every(({ kind }) => kind === 'new_device') ? 'new_device' : 'unusual_sign_in';
}

function factsOf(verdict: RiskVerdict): AlertFacts {
  const told = Object.assign({}, ...verdict.signals.map((signal) => signal.facts)) as Partial<AlertFacts>;
  return {
    ...told,
    ...(verdict.country === undefined ? {} : { country: verdict.country }),
    signals: verdict.signals.map((signal) => signal.kind),
  };
}
