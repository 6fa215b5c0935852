import { type Catalogue, type Part, texts } from '#lib/messages/translate.svelte.ts';

const part = {
  en: async () => (await import('#lib/messages/en/workflow-part.ts')).workflowPart,
  de: async () => (await import('#lib/messages/de/workflow-part.ts')).workflowPart,
};

/** What is wrong with a drawing; in English the server says it. */
const drawingPart: Part = {
  en: async () => ({}),
  de: async () =>
    (await import('#lib/messages/de/refusals-drawing.ts')).drawingRefusals as Partial<Catalogue>,
};

/** All that the editor says. */
export function editorTexts(): Promise<void> {
  texts.addLater(drawingPart);
  return workflowTexts();
}

/** The texts of the editor that pages of runs need as well; they come with them and not before. */
export const workflowTexts = (): Promise<void> => texts.add(part);

/** Whether they are there already; pages of runs do not wait for them. */
export const hasWorkflowTexts = (): boolean => Object.hasOwn(texts.catalogue, 'workflow_triggers.title');
