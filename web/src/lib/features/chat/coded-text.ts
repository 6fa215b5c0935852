import type { CodedError, Message, Notice, Step } from '@aiwfe/api-client';
import { textOr, texts } from '#lib/messages/translate.svelte.ts';
import { expertTitle } from './step-title.ts';

/** Parameters whose values are words of the server; the others are numbers and names. */
const words = new Set(['complexity', 'mode', 'needs', 'step']);
/** Details that say one thing after the other, as far as each is known. */
const lists: Record<string, string[]> = {
  assessed: ['complexity', 'sure', 'needs'],
  prepared: ['messages', 'sources', 'tokens'],
};

type Params = Notice['params'];

/** Of the notice that says which words at the beginning of an answer are neither a model's nor a document's. */
const serverWords = 'conversations.server_words';

/** What an answer says; in the person's language where the server says it, not a model or a document. */
export function answerContent({ content, notices }: Pick<Message, 'content' | 'notices'>): string {
  const own = notices.find(({ code }) => code === serverWords);
  if (!own || !content.startsWith(own.detail)) return content;
  const said = textOr(`chat.server_words.${own.params.words}`, own.detail);
  return `${said}${content.slice(own.detail.length)}`;
}

/** The notices of an answer that it does not say itself. */
export function shownNotices({ notices }: Pick<Message, 'notices'>): Notice[] {
  return notices.filter(({ code }) => code !== serverWords);
}

/** What a person should know about an answer, in their language; in the server's words where this page has none. */
export function noticeText({ code, params, detail }: Notice): string {
  return textOf(`chat.notice.${code}`, params) ?? reasonText({ code, detail });
}

/** What came out of a step, in the person's language; names, and what came after this page, as the server says them. */
export function stepDetail({
  code,
  params,
  detail,
}: Pick<Step, 'code' | 'params' | 'detail'>): string | null {
  if (code === null || detail === null) return detail;
  const key = `chat.step_detail.${code}`;
  const names = lists[code];
  const said = names ? listOf(key, names, params) : textOf(key, params);
  return said ?? reasonText({ code, detail });
}

/** Why something failed, in the person's language. English is what the server says itself, which is more exact. */
export function reasonText({ code, detail }: CodedError): string {
  return texts.language === 'en' ? detail : textOr(`chat.reason.${code}`, detail);
}

/** The text of a key with all that it takes; undefined where the page lacks words for any of it. */
export function textOf(key: string, params: Params = {}): string | undefined {
  const written = Object.keys(params).map((name) => [name, valueText(key, name, params)] as const);
  if (written.some(([, value]) => value === undefined)) return undefined;
  const text = textOr(key, undefined, Object.fromEntries(written) as Params);
  return text !== undefined && /\{\w+\}/.test(text) ? undefined : text;
}

function listOf(key: string, names: string[], params: Params = {}): string | undefined {
  const said = names.filter((name) => name in params).map((name) => valueText(key, name, params));
  return said.length === 0 || said.includes(undefined) ? undefined : said.join(', ');
}

/** A parameter as it is written within a text: by words of its own where the page has them. */
function valueText(key: string, name: string, params: Params): string | number | undefined {
  const value = params[name];
  if (name === 'because') return reasonText({ code: `${params.because_code}`, detail: `${value}` });
  if (typeof value === 'number') return textOr(`${key}.${name}`, undefined, { count: value }) ?? value;
  if (value === undefined || !words.has(name)) return value;
  const expert = expertTitle(value);
  const fallback = expert && textOr(`${key}.expert`, undefined, { name: expert });
  return textOr(`${key}.${name}.${value}`, fallback);
}
