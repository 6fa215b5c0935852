import { texts } from '#lib/messages/translate.svelte.ts';

const part = {
  en: async () => (await import('#lib/messages/en/workflow-part.ts')).workflowPart,
  de: async () => (await import('#lib/messages/de/workflow-part.ts')).workflowPart,
};

/** The texts of the editor, which come with it and not before. */
export const workflowTexts = (): Promise<void> => texts.add(part);

/** Whether they are there already; pages of runs do not wait for them. */
export const hasWorkflowTexts = (): boolean => Object.hasOwn(texts.catalogue, 'workflow_triggers.title');
