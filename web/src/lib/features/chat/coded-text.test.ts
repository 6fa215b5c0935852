import type { Notice, Step } from '@aiwfe/api-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type Language, texts } from '#lib/messages/translate.svelte.ts';
import { answerContent, noticeText, reasonText, shownNotices, stepDetail } from './coded-text.ts';

type Params = Notice['params'];

const detailOf = (code: Step['code'], params: Params, detail: string | null = 'in English'): string | null =>
  stepDetail({ code, params, detail });
const notice = (code: string, params: Params = {}): Notice => ({ code, params, detail: 'In English.' });
const busy = { because: 'Ollama did not answer in time.', because_code: 'models.timeout' };

afterEach(() => texts.use('en'));

describe('details of steps', () => {
  it.each<[Language, string, Params, string]>([
    ['en', 'found', { passages: 12, documents: 1 }, '12 passages from 1 document'],
    ['de', 'found', { passages: 12, documents: 3 }, '12 Stellen aus 3 Dokumenten'],
    ['de', 'found', { passages: 1, documents: 1 }, '1 Stelle aus 1 Dokument'],
    ['en', 'place_in_line', { place: 3 }, 'place 3 in line'],
    ['de', 'place_in_line', { place: 3 }, 'Platz 3 in der Warteschlange'],
    ['de', 'next_in_line', {}, 'als Nächstes an der Reihe'],
    ['de', 'nothing_found_unread', { count: 1 }, 'nichts gefunden, 1 Dokument wird noch gelesen'],
    ['de', 'pages_read', { read: 2, count: 5 }, '2 von 5 Seiten'],
    [
      'en',
      'prepared',
      { messages: 1, sources: 2, tokens: 1_234 },
      '1 earlier message, 2 sources, about 1,234 tokens',
    ],
    ['de', 'prepared', { tokens: 1_234 }, 'etwa 1.234 Token'],
    ['de', 'prepared', { tokens: 900, messages: 3 }, '3 frühere Nachrichten, etwa 900 Token'],
    [
      'en',
      'assessed',
      { complexity: 'complex', sure: 20, needs: 'tools' },
      'complex, 20 % sure, needs tools',
    ],
    ['de', 'assessed', { complexity: 'simple', sure: 90 }, 'einfach, zu 90 % sicher'],
    ['de', 'tool_not_done', { tool: 'notifications.send' }, 'notifications.send: nicht ausgeführt'],
  ])('in %s: %s %j', async (language, code, params, said) => {
    await texts.use(language);
    expect(detailOf(code, params)).toBe(said);
  });

  it('are the server’s words where the page has none', async () => {
    await texts.use('de');
    expect(detailOf('dreamt', { count: 3 })).toBe('in English');
    expect(detailOf('assessed', { complexity: 'hopeless', sure: 1 })).toBe('in English');
    expect(detailOf('assessed', {})).toBe('in English');
    expect(detailOf('found', { passages: 3 })).toBe('in English');
  });

  it('are names, or nothing, as they come', async () => {
    await texts.use('de');
    expect(detailOf(null, {}, 'llama3.2')).toBe('llama3.2');
    expect(detailOf(null, {}, null)).toBeNull();
  });

  it('say why a step failed', async () => {
    const failed = { code: 'models.timeout', params: {}, detail: 'Ollama did not answer in time.' };
    expect(stepDetail(failed)).toBe('Ollama did not answer in time.');
    await texts.use('de');
    expect(stepDetail(failed)).toBe('Das Modell hat nicht rechtzeitig geantwortet.');
  });
});

describe('notices of answers', () => {
  it.each<[Language, Notice, string]>([
    [
      'de',
      notice('conversations.documents_being_read', { count: 2 }),
      '2 Dokumente werden noch gelesen, darin wurde also nichts gefunden. Fragen Sie noch einmal, wenn sie bereit sind.',
    ],
    [
      'en',
      notice('conversations.documents_being_read', { count: 1 }),
      '1 document is still being read, so nothing of it was found. Ask again when it is ready.',
    ],
    [
      'en',
      notice('conversations.trying_again', { ...busy, try: 2, tries: 3 }),
      'Ollama did not answer in time. Trying again (2 of 3).',
    ],
    [
      'de',
      notice('conversations.other_model', { ...busy, model: 'Small' }),
      'Das Modell hat nicht rechtzeitig geantwortet. Stattdessen antwortet Small.',
    ],
    [
      'de',
      notice('conversations.mode_needs_model', { mode: 'experts' }),
      'Kein Modell ist verbunden: Fachleute können nicht gefragt werden; Antworten sind daher Zitate aus Ihren Dokumenten.',
    ],
    [
      'de',
      notice('chat_modes.step_failed', { ...busy, step: 'search_web' }),
      'Das Web konnte nicht durchsucht werden. Das Modell hat nicht rechtzeitig geantwortet.',
    ],
    [
      'en',
      notice('chat_modes.step_failed', { ...busy, step: 'expert_wellbeing' }),
      'Well-being coach: no contribution. Ollama did not answer in time.',
    ],
    [
      'de',
      notice('chat_modes.step_failed', { ...busy, step: 'expert_wellbeing' }),
      'Wohlbefinden: kein Beitrag. Das Modell hat nicht rechtzeitig geantwortet.',
    ],
    [
      'de',
      notice('web_search.disabled'),
      'Die Websuche ist ausgeschaltet. Die Administration kann sie einschalten.',
    ],
  ])('in %s: %j', async (language, given, said) => {
    await texts.use(language);
    expect(noticeText(given)).toBe(said);
  });

  it('are the server’s words where the page has none', async () => {
    await texts.use('de');
    expect(noticeText(notice('conversations.telepathy_failed'))).toBe('In English.');
    expect(noticeText(notice('chat_modes.step_failed', { ...busy, step: 'dream' }))).toBe('In English.');
    expect(noticeText(notice('conversations.other_model', busy))).toBe('In English.');
  });

  it('keep the server’s reason where the page has none of its own', async () => {
    await texts.use('de');
    const params = { step: 'find', because: 'The moon is full.', because_code: 'models.moon' };
    expect(noticeText(notice('chat_modes.step_failed', params))).toBe(
      'Ihre Dokumente konnten nicht durchsucht werden. The moon is full.',
    );
    expect(reasonText({ code: 'models.moon', detail: 'The moon is full.' })).toBe('The moon is full.');
  });
});

describe('what the server itself says in an answer', () => {
  const detail = '**Extractive answer, no model connected.** Quotations from your documents:';
  const own = (words: string): Notice => ({ code: 'conversations.server_words', params: { words }, detail });
  const notices = [own('answer'), notice('conversations.answer_cut')];
  const content = `${detail}\n\n> The boiler was mended. [1]`;

  it('is said in the person’s language, and the quotations as they are', async () => {
    await texts.use('de');
    expect(answerContent({ content, notices })).toBe(
      '**Antwort aus Zitaten, kein Modell verbunden.** Zitate aus Ihren Dokumenten:\n\n> The boiler was mended. [1]',
    );
    expect(shownNotices({ notices })).toEqual([notices[1]]);
  });

  it('is what it is in other answers, before its first word, and where this page lacks the words', async () => {
    await texts.use('de');
    expect(answerContent({ content: '', notices })).toBe('');
    expect(answerContent({ content, notices: [] })).toBe(content);
    expect(answerContent({ content, notices: [own('riddle')] })).toBe(content);
  });
});
