import type { AuditEvent } from '@aiwfe/api-client';
import { t, textOr } from '#lib/messages/translate.svelte.ts';

/** What happened, in words; the recorded name where it is newer than this page. */
export function actionWords(action: string): string {
  return textOr(`admin.audit.action.${action}`, action);
}

type AuditPerson = NonNullable<AuditEvent['actor']>;

function nameOf({ id, display_name, email }: AuditPerson): string {
  return display_name ?? email ?? t('admin.audit.gone', { id: id.slice(0, 8) });
}

/** Whom an event is about: a person with a page, or the address that was typed, or the program itself. */
export function aboutWhom(event: AuditEvent): { id: string | null; name: string } {
  const person = event.subject ?? event.actor;
  if (person) return { id: person.id, name: nameOf(person) };
  return {
    id: null,
    name: event.email ?? t(event.address === null ? 'admin.audit.program' : 'admin.audit.unknown'),
  };
}

/** Who did it, where that is not the one it is about. */
export function doneBy({ actor, subject }: AuditEvent): string | null {
  return actor && subject && actor.id !== subject.id ? nameOf(actor) : null;
}

/** The details of an event, one pair each; objects as they are stored. */
export function detailLines(details: AuditEvent['details']): { name: string; value: string }[] {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => ({
      name: name.replaceAll('_', ' '),
      value: typeof value === 'object' ? JSON.stringify(value) : String(value),
    }));
}
