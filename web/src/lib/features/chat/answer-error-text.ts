import type { Message } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';
import { preferences } from '#lib/preferences.svelte.ts';
import { textOf } from './coded-text.ts';

type AnswerError = Pick<NonNullable<Message['error']>, 'code' | 'params' | 'detail'>;

/**
 * Why an answer ended early and what to do, in the person's language; in the server's words where this page has none, and for
 * answers whose error was stored as a sentence only.
 */
export function answerErrorText({ code, params, detail }: AnswerError): string {
  if (params === undefined) return detail;
  const { kind, said, at, ...values } = params;
  const filled = at === undefined ? values : { ...values, at: preferences.dateTime(`${at}`) };
  const key = `chat.error.${code}`;
  const text = (kind && textOf(`${key}.${kind}`, filled)) || textOf(key, filled);
  if (text === undefined) return detail;
  return said === undefined ? text : `${text} ${t('chat.error.said', { said })}`;
}
