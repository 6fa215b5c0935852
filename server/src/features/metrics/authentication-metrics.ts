import type { Static } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import type { RequestMetrics } from '../../platform/telemetry/request-metrics.ts';
import { countLiveSessions, type EventCount, readCounts } from './metrics.queries.ts';
import type { AuthenticationMetrics, MetricsRange } from './metrics.schemas.ts';

/** Charts look alike whatever the range: about a hundred points, and a day of a month is one. */
const ranges: Record<MetricsRange, { seconds: number; bucketSeconds: number }> = {
  '1h': { seconds: 3_600, bucketSeconds: 60 },
  '24h': { seconds: 86_400, bucketSeconds: 900 },
  '7d': { seconds: 7 * 86_400, bucketSeconds: 3_600 },
  '30d': { seconds: 30 * 86_400, bucketSeconds: 86_400 },
};
/** Somebody who reloads a page of charts does not count a million sessions each time. */
const rememberMs = 5_000;

const signInRoutes = new Set([
  'POST /api/v1/auth/jwt/login',
  'POST /api/v1/auth/2fa/verify',
  'POST /api/v1/auth/passkeys/sign-in',
]);
const challengeAction = 'sign_in.second_factor_demanded';
const newAccountActions = new Set(['account.created', 'account.registered']);
const throttledCode = 'auth.throttled';

type Series = 'sign_ins' | 'failures' | 'throttled' | 'challenges' | 'new_accounts' | 'refreshes';
const seriesNames: Series[] = [
  'sign_ins',
  'failures',
  'throttled',
  'challenges',
  'new_accounts',
  'refreshes',
];
type Answer = Static<typeof AuthenticationMetrics>;

export type AuthenticationMetricsService = ReturnType<typeof createAuthenticationMetrics>;

/** How people sign in, over time, from what the audit trail counted. Names nobody. */
export function createAuthenticationMetrics(options: {
  db: Database;
  requests: RequestMetrics;
  now: () => number;
}) {
  const { db, requests, now } = options;
  const remembered = new Map<MetricsRange, { answer: Promise<Answer>; atMs: number }>();
  const measure = async (range: MetricsRange): Promise<Answer> => {
    const { seconds, bucketSeconds } = ranges[range];
    const last = Math.floor(now() / 1_000 / bucketSeconds) * bucketSeconds;
    const first = last - seconds + bucketSeconds;
    const [counts, activeSessions] = await Promise.all([
      readCounts(db, new Date(first * 1_000), bucketSeconds),
      countLiveSessions(db),
    ]);
    const times = Array.from(
      { length: seconds / bucketSeconds },
      (_, index) => first + index * bucketSeconds,
    );
    return {
      range,
      bucket_seconds: bucketSeconds,
      from: new Date(first * 1_000).toISOString(),
      series: toSeries(counts, times),
      totals: { ...toTotals(counts), active_sessions: activeSessions },
      by_factor: byFactor(counts),
      sign_in_ms: durations(requests),
    };
  };
  return {
    async read(range: MetricsRange): Promise<Answer> {
      const known = remembered.get(range);
      if (known && now() - known.atMs < rememberMs) return known.answer;
      const entry = { answer: measure(range), atMs: now() };
      remembered.set(range, entry);
      entry.answer.catch(() => {
        if (remembered.get(range) === entry) remembered.delete(range);
      });
      return entry.answer;
    },
  };
}

function seriesOf(count: EventCount): Series | undefined {
  const { action, outcome, code } = count;
  if (code === throttledCode) return 'throttled';
  if (action === 'sign_in') return outcome === 'success' ? 'sign_ins' : 'failures';
  if (action === challengeAction) return 'challenges';
  if (newAccountActions.has(action) && outcome === 'success') return 'new_accounts';
  return action === 'session.refreshed' ? 'refreshes' : undefined;
}

function toSeries(counts: EventCount[], times: number[]): Answer['series'] {
  const sums = new Map<Series, Map<number, number>>(seriesNames.map((name) => [name, new Map()]));
  for (const count of counts) {
    const points = sums.get(seriesOf(count) ?? 'sign_ins');
    if (seriesOf(count)) points?.set(count.at, (points.get(count.at) ?? 0) + count.events);
  }
  return seriesNames.map((name) => ({
    name,
    points: times.map((time): [number, number] => [time, sums.get(name)?.get(time) ?? 0]),
  }));
}

function toTotals(counts: EventCount[]): Record<Series, number> {
  const total = (name: Series): number =>
    counts.reduce((sum, count) => (seriesOf(count) === name ? sum + count.events : sum), 0);
  return {
    sign_ins: total('sign_ins'),
    failures: total('failures'),
    throttled: total('throttled'),
    challenges: total('challenges'),
    new_accounts: total('new_accounts'),
    refreshes: total('refreshes'),
  };
}

function byFactor(counts: EventCount[]): Answer['by_factor'] {
  const factors = new Map<string, { factor: string; sign_ins: number; failures: number }>();
  for (const count of counts) {
    const series = seriesOf(count);
    if (series !== 'sign_ins' && series !== 'failures') continue;
    const known = factors.get(count.factor) ?? { factor: count.factor, sign_ins: 0, failures: 0 };
    known[series] += count.events;
    factors.set(count.factor, known);
  }
  return [...factors.values()].sort((a, b) => b.sign_ins + b.failures - a.sign_ins - a.failures);
}

/** Of the latest sign-ins of this process. */
function durations(requests: RequestMetrics): Answer['sign_in_ms'] {
  const times = [...requests.routes()]
    .filter(({ method, url }) => signInRoutes.has(`${method} ${url}`))
    .flatMap((route) => route.recentMs())
    .sort((a, b) => a - b);
  const at = (share: number): number => round(times[Math.ceil(times.length * share) - 1] ?? 0);
  return times.length === 0 ? null : { count: times.length, median: at(0.5), p95: at(0.95) };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
