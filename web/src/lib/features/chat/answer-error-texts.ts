import { texts } from '#lib/messages/translate.svelte.ts';

const part = {
  en: async () => (await import('#lib/messages/en/answer-errors.ts')).answerErrors,
  de: async () => (await import('#lib/messages/de/answer-errors.ts')).answerErrors,
};
let loading: Promise<void> | undefined;

/** Loads, once, what answers say that ended early, now and whenever the language changes. */
export function answerErrorTexts(): Promise<void> {
  loading ??= texts.add(part).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
