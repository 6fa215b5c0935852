import type { Document } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';

const aboutTheSample = ['home.prompt.summary', 'home.prompt.find', 'home.prompt.compare'] as const;
const aboutDocuments = ['chat.prompt_summary', 'chat.prompt_dates', 'chat.prompt_differences'] as const;

/**
 * The texts of questions to begin with: about the sample as long as it is there, else about what people keep. Without
 * a model only those that quotations can answer.
 */
export function suggestedPrompts(state: { hasSample: boolean; isExtractive: boolean }) {
  if (state.hasSample) return aboutTheSample;
  return state.isExtractive ? aboutDocuments.slice(0, 1) : aboutDocuments;
}

/** Whether the sample is there in the language that the suggested questions about it are in. */
export function hasSampleInLanguage(documents: readonly Pick<Document, 'sample' | 'name'>[]): boolean {
  return documents.some(({ sample, name }) => sample && name === t('home.sample_name'));
}
