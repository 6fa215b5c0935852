import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Gauge, Registry } from 'prom-client';
import { durationBoundsMs, type RequestMetrics } from '../../platform/telemetry/request-metrics.ts';
import type { AuditTally } from '../audit/index.ts';

/** Figures of this process that are read when somebody asks. */
export interface ProcessFigures {
  requests: RequestMetrics;
  pool: () => { total: number; idle: number; waiting: number };
  passwordWork: () => { running: number; waiting: number };
  sessionsInMemory: () => number;
  audit: () => Iterable<AuditTally>;
}

type Client = typeof import('prom-client');
type Sample = { labels: Record<string, string | number>; value: number; metricName?: string };

export interface Prometheus {
  contentType: string;
  /** All figures in the text format of Prometheus. */
  text(): Promise<string>;
  close(): void;
}

/**
 * Figures for Prometheus. Nothing of it runs until somebody asks for the first time: the request path keeps plain numbers
 * only, and the library is loaded then.
 */
export function createPrometheus(figures: ProcessFigures): Prometheus {
  let loaded: Promise<Registry> | undefined;
  const delay = monitorEventLoopDelay({ resolution: 20 });
  const load = async (): Promise<Registry> => {
    const client = await import('prom-client');
    const registry = new client.Registry();
    addProcess(client, registry, figures, delay);
    registry.registerMetric(requestDurations(figures.requests) as unknown as Gauge);
    registry.registerMetric(auditEvents(figures) as unknown as Gauge);
    delay.enable();
    return registry;
  };
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    async text() {
      loaded ??= load();
      return (await loaded).metrics();
    },
    close: () => void delay.disable(),
  };
}

function addProcess(
  client: Client,
  registry: Registry,
  figures: ProcessFigures,
  delay: ReturnType<typeof monitorEventLoopDelay>,
): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    new client.Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  new client.Gauge({
    name: 'aiwfe_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape.',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const percent of [50, 95, 99])
        this.set({ quantile: String(percent / 100) }, (delay.percentile(percent) || 0) / 1e9);
      delay.reset();
    },
  });
  new client.Gauge({
    name: 'aiwfe_database_connections',
    help: 'Connections of the pool by state; waiting are callers without one.',
    labelNames: ['state'],
    registers,
    collect() {
      const { total, idle, waiting } = figures.pool();
      this.set({ state: 'busy' }, total - idle);
      this.set({ state: 'idle' }, idle);
      this.set({ state: 'waiting' }, waiting);
    },
  });
  gauge(
    'aiwfe_password_work_running',
    'Password hashes that are computed now.',
    () => figures.passwordWork().running,
  );
  gauge(
    'aiwfe_password_work_waiting',
    'Password hashes that wait for a core.',
    () => figures.passwordWork().waiting,
  );
  gauge('aiwfe_sessions_in_memory', 'Sessions whose state is in memory.', figures.sessionsInMemory);
  gauge('aiwfe_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
  gauge('aiwfe_uptime_seconds', 'Since the process began.', () => process.uptime());
}

/** What the request path counted, as the library would have kept it. */
function requestDurations(requests: RequestMetrics) {
  const name = 'aiwfe_http_request_duration_seconds';
  const samples = (): Sample[] =>
    [...requests.routes()].flatMap((route) =>
      [...route.statuses()].flatMap((tally) => {
        const labels = { method: route.method, route: route.url, status: tally.status };
        let below = 0;
        const buckets = tally.buckets.map((count, index): Sample => {
          below += count;
          const bound = durationBoundsMs[index];
          const le = bound === undefined ? '+Inf' : bound / 1_000;
          return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
        });
        return [
          ...buckets,
          { metricName: `${name}_sum`, labels, value: tally.sumMs / 1_000 },
          { metricName: `${name}_count`, labels, value: tally.count },
        ];
      }),
    );
  return {
    name,
    get: async () => ({
      name,
      help: 'Time until an answer was sent, by route and status.',
      type: 'histogram',
      aggregator: 'sum',
      values: samples(),
    }),
  };
}

function auditEvents(figures: ProcessFigures) {
  const name = 'aiwfe_audit_events_total';
  return {
    name,
    get: async () => ({
      name,
      help: 'Attempts and security changes, such as sign_in, by outcome, factor and code.',
      type: 'counter',
      aggregator: 'sum',
      values: [...figures.audit()].map(({ count, ...labels }): Sample => ({ labels, value: count })),
    }),
  };
}
