import type { ModelChoice, Slot, SlotOptions } from '@aiwfe/api-client';
import type { ModelsState } from './models-state.svelte.ts';

const asText = (value: number | undefined) => (value === undefined ? '' : String(value));
const asNumber = (text: string) => (text.trim() === '' ? undefined : Number(text.replace(',', '.')));

/** The options of a job while they are edited. Empty fields are inherited. */
export class SlotForm {
  temperature = $state('');
  maxOutputTokens = $state('');
  contextTokens = $state('');
  keepAlive = $state('');
  systemPrefix = $state('');
  fallbacks = $state<ModelChoice[]>([]);
  locked = $state(false);
  saving = $state(false);
  failure = $state.raw<unknown>(null);
  readonly #slot: Slot;

  constructor(slot: Slot) {
    this.#slot = slot;
    const { options } = slot;
    this.temperature = asText(options.temperature);
    this.maxOutputTokens = asText(options.max_output_tokens);
    this.contextTokens = asText(options.context_tokens);
    this.keepAlive = options.keep_alive ?? '';
    this.systemPrefix = options.system_prefix ?? '';
    this.fallbacks = [...slot.fallbacks];
    this.locked = slot.locked;
  }

  get #options(): SlotOptions {
    const all = {
      temperature: asNumber(this.temperature),
      max_output_tokens: asNumber(this.maxOutputTokens),
      context_tokens: asNumber(this.contextTokens),
      keep_alive: this.keepAlive.trim() || undefined,
      system_prefix: this.systemPrefix.trim() || undefined,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  /** Stores them at the level shown; answers whether they were stored. */
  async save(models: ModelsState): Promise<boolean> {
    this.saving = true;
    this.failure = null;
    try {
      const { slot, assignment } = this.#slot;
      const { fallbacks, locked } = this;
      await models.saveSlot(slot, { model: assignment, fallbacks, options: this.#options, locked });
      return true;
    } catch (error) {
      this.failure = error;
      return false;
    } finally {
      this.saving = false;
    }
  }
}
