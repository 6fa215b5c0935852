import type { AdminAlert, Health, MailSummary, Page, Person } from '@aiwfe/api-client';
import { ApiProblem, api, Resource } from '#lib/api/index.ts';
import type { HealthFacts } from './health-findings.ts';

const enough = 100;

/** What the overview says, read together. */
export class HealthState extends Resource<HealthFacts> {
  constructor() {
    super(async () => {
      const [health, mail, alerts, waiting] = await Promise.all([
        readHealth(),
        api.get<MailSummary>('/admin/mail'),
        api.get<Page<AdminAlert>>('/admin/alerts', { query: { decision: 'open', limit: enough } }),
        api.get<Page<Person>>('/admin/users', { query: { status: 'pending', limit: enough } }),
      ]);
      return { health, mail, openAlerts: countOf(alerts), waiting: countOf(waiting) };
    });
  }
}

function countOf({ items, next_cursor }: Page<unknown>): HealthFacts['waiting'] {
  return { count: items.length, more: next_cursor !== null };
}

/** An unhealthy server says so with 503: that is an answer, too. */
async function readHealth(): Promise<HealthFacts['health']> {
  try {
    return await api.get<Health>('/api/health', { retries: 0 });
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 503) throw error;
    const { code, detail, reason, params } = error;
    return { status: 'unhealthy', code, detail, reason, params, checks: [] };
  }
}
