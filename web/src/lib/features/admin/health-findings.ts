import type { Health, MailSummary } from '@aiwfe/api-client';
import { refusalText } from '#lib/messages/refusals.ts';
import type { MessageKey, MessageParameters } from '#lib/messages/translate.svelte.ts';

/** What the overview is made of; a part that could not be read is left out. */
export interface HealthFacts {
  health: Pick<Health, 'status' | 'code' | 'detail' | 'reason' | 'params' | 'checks'>;
  mail: MailSummary;
  openAlerts: { count: number; more: boolean };
  waiting: { count: number; more: boolean };
}

/** Something that somebody should look at. */
export interface Finding {
  tone: 'danger' | 'warning' | 'info';
  text: MessageKey;
  parameters?: MessageParameters;
  /** What the server said, in the person's language where that is known. */
  detail?: string;
  /** What to type on the machine of the server. */
  command?: string;
  href?: string;
}

const commands: Record<string, string> = { schema_out_of_date: 'npx aiwfe migrate' };

/** What is not as it should be, the worst first; nothing when all is well. */
export function findingsOf({ health, mail, openAlerts, waiting }: HealthFacts): Finding[] {
  return [...faults(health), ...mailFindings(mail), ...counted(openAlerts, waiting)];
}

function faults({ checks, ...health }: HealthFacts['health']): Finding[] {
  const failing = checks.filter((check) => !check.ok);
  if (health.status === 'healthy' && failing.length === 0) return [];
  const { code = '', detail = '', reason, params } = health;
  return (failing.length > 0 ? failing : [{ code, detail, reason, params }]).map((fault) => {
    const told = refusalText(fault);
    return {
      tone: 'danger',
      text: 'admin.health.fault',
      ...(told ? { detail: told } : {}),
      command: commands[fault.code] ?? 'npx aiwfe doctor',
    };
  });
}

function mailFindings(mail: MailSummary): Finding[] {
  if (mail.last_error !== null)
    return [
      { tone: 'warning', text: 'admin.health.mail_fails', detail: mail.last_error, href: '/admin/mail' },
    ];
  if (mail.transport === 'outbox')
    return [
      {
        tone: 'warning',
        text: 'admin.health.mail_stays',
        command: 'SMTP_URL=smtps://user:password@mail.example.org',
        href: '/admin/mail',
      },
    ];
  return [];
}

function counted(openAlerts: HealthFacts['openAlerts'], waiting: HealthFacts['waiting']): Finding[] {
  const finding = (
    { count, more }: HealthFacts['waiting'],
    tone: Finding['tone'],
    name: 'alerts' | 'waiting',
    href: string,
  ): Finding[] => {
    if (count === 0) return [];
    const text = more ? (`admin.health.${name}_many` as const) : (`admin.health.${name}` as const);
    return [{ tone, text, parameters: { count }, href }];
  };
  return [
    ...finding(openAlerts, 'warning', 'alerts', '/admin/alerts?decision=open'),
    ...finding(waiting, 'info', 'waiting', '/admin/people?status=pending'),
  ];
}
