import type { Model, ModelChoice, Slot } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';

/** A separator that no id and no model name contains. */
export const keyOf = (choice: ModelChoice): string => `${choice.provider_id}\n${choice.model}`;

/** The choice behind a key; null for the empty one. */
export function choiceOf(key: string): ModelChoice | null {
  const [providerId = '', model = ''] = key.split('\n');
  return key === '' ? null : { provider_id: providerId, model };
}

/** Models that can do a job. A server that says nothing of sight may well see. */
export function modelsFor(slot: Pick<Slot, 'needs'>, models: readonly Model[]): Model[] {
  return models.filter(
    (model) =>
      model.provider_kind !== 'builtin' &&
      (model.capabilities.includes(slot.needs) ||
        (slot.needs === 'vision' && model.provider_kind === 'openai')),
  );
}

/** What a select offers: the models, and the chosen one also where it is gone. */
export function optionsFor(models: readonly Model[], chosen: ModelChoice | null) {
  const options = models.map((model) => ({
    value: keyOf(model),
    label: `${model.model} · ${model.provider_name}`,
  }));
  if (!chosen || options.some((option) => option.value === keyOf(chosen))) return options;
  return [{ value: keyOf(chosen), label: t('model_slots.missing', { model: chosen.model }) }, ...options];
}

/** Where the model of a slot comes from: "as for answers, chosen by an administrator". */
export function whyOf(slot: Slot): string {
  const { source } = slot;
  if (!source || source.level === 'choice') return '';
  const level = t(`model_slots.level_${source.level}`);
  if (source.slot === slot.slot) return level;
  const from =
    source.slot === 'chat'
      ? t('model_slots.from_chat')
      : t('model_slots.from_slot', { slot: t(`model_slots.${source.slot}`) });
  return `${from}, ${level}`;
}
