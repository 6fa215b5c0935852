import type { Slot } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';

/** Who has fixed the model of a slot, so that another choice would not count; null while people may choose. */
export type ModelLock = Exclude<Slot['locked_by'], 'choice'>;

export function lockOf(slot: Pick<Slot, 'locked' | 'locked_by'> | null): ModelLock {
  if (slot?.locked_by && slot.locked_by !== 'choice') return slot.locked_by;
  return slot?.locked ? 'person' : null;
}

/** Who decided, and where, in a sentence. */
export function lockSentence(lock: NonNullable<ModelLock>): string {
  return t(`chat.model_fixed.${lock}`);
}
