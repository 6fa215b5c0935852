import { texts } from '#lib/messages/translate.svelte.ts';

const part = {
  en: async () => (await import('#lib/messages/en/workflow-part.ts')).workflowPart,
  de: async () => (await import('#lib/messages/de/workflow-part.ts')).workflowPart,
};

/** The texts of the editor, which come with it and not before. */
export const workflowTexts = (): Promise<void> => texts.add(part);
