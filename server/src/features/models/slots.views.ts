import {
  builtinProviderId,
  modelSlots,
  type SlotName,
  type SlotOptions,
} from '../../platform/models/index.ts';
import type { ProviderRow } from './models.queries.ts';
import { type LevelAssignment, lockedAt, resolveSlot, type StoredLevel } from './slot-resolution.ts';
import type { AssignmentRow } from './slots.queries.ts';
import type { Slot, SlotOptionsBody } from './slots.schemas.ts';

export function toLevelAssignments(rows: AssignmentRow[]): LevelAssignment[] {
  return rows.map(({ slot, level, options, locked, choices }) => ({
    slot,
    level,
    options,
    locked,
    choices: choices.map((choice) => ({ providerId: choice.provider_id, model: choice.model })),
  }));
}

const optionNames = [
  ['temperature', 'temperature'],
  ['max_output_tokens', 'maxOutputTokens'],
  ['context_tokens', 'contextTokens'],
  ['keep_alive', 'keepAlive'],
  ['system_prefix', 'systemPrefix'],
] as const satisfies readonly (readonly [keyof SlotOptionsBody, keyof SlotOptions])[];

export function fromOptionsBody(body: SlotOptionsBody): SlotOptions {
  return Object.fromEntries(
    optionNames.flatMap(([wire, name]) => (body[wire] === undefined ? [] : [[name, body[wire]]])),
  );
}

function toOptionsBody(options: SlotOptions): SlotOptionsBody {
  return Object.fromEntries(
    optionNames.flatMap(([wire, name]) => (options[name] === undefined ? [] : [[wire, options[name]]])),
  );
}

export interface SlotSight {
  /** Everything that counts for whoever looks. */
  rows: AssignmentRow[];
  /** The level whose own assignment is shown. */
  level: StoredLevel;
  providers: ProviderRow[];
}

/** One slot: what is assigned at the level looked at, what does the job in effect, and why. */
export function toSlot(slot: SlotName, sight: SlotSight): Slot {
  const { rows, level, providers } = sight;
  const { group, title, about, parent, needs } = modelSlots[slot];
  const own = rows.find((row) => row.slot === slot && row.level === level);
  const [assignment = null, ...fallbacks] = own?.choices ?? [];
  const stored = toLevelAssignments(rows);
  const lock = lockedAt(slot, stored);
  return {
    slot,
    group,
    title,
    about,
    parent: parent as SlotName | null,
    needs,
    assignment,
    fallbacks,
    options: toOptionsBody(own?.options ?? {}),
    locked: own?.locked ?? false,
    locked_by: lock !== undefined && lock !== level ? lock : null,
    ...toEffect(slot, stored, { own, providers }),
  };
}

function toEffect(
  slot: SlotName,
  stored: LevelAssignment[],
  { own, providers }: { own: AssignmentRow | undefined; providers: ProviderRow[] },
): Pick<Slot, 'effective' | 'source' | 'reason'> {
  const { choices, options, source } = resolveSlot(slot, stored);
  const [first, ...rest] = choices;
  const nameOf = (id: string): string => providers.find((one) => one.id === id)?.name ?? '';
  const provider = providers.find((one) => one.id === first?.providerId);
  if (!first || !provider || !source)
    return {
      effective: { ...builtinFor(slot), fallbacks: [], options: toOptionsBody(options) },
      source: null,
      reason: own?.note ?? whatToDo(slot, providers),
    };
  return {
    effective: {
      provider_id: provider.id,
      provider_kind: provider.kind,
      model: first.model,
      label: `${first.model} · ${provider.name}`,
      fallbacks: rest.map(({ providerId, model }) => ({
        provider_id: providerId,
        model,
        label: `${model} · ${nameOf(providerId)}`,
      })),
      options: toOptionsBody(options),
    },
    source,
    reason: reasonOf(slot, provider, source),
  };
}

function builtinFor(slot: SlotName): Omit<Slot['effective'], 'fallbacks' | 'options'> {
  const embedding = slot === 'embedding';
  return {
    provider_id: builtinProviderId,
    provider_kind: 'builtin',
    model: embedding ? 'none' : 'extractive',
    label: embedding ? 'No embedding model' : 'Built-in engine (extractive, no model connected)',
  };
}

const levelReasons: Record<StoredLevel | 'choice', string> = {
  system: 'Chosen by an administrator.',
  role: 'Chosen by an administrator for this role.',
  person: 'Chosen by you.',
  conversation: 'Chosen for this conversation.',
  choice: 'Chosen with the request.',
};

function reasonOf(slot: SlotName, provider: ProviderRow, source: NonNullable<Slot['source']>): string {
  if (!provider.enabled) return `${provider.name} is switched off. Switch it on or choose another model.`;
  if (source.slot === slot) return levelReasons[source.level];
  const inherited =
    source.slot === 'chat' ? 'Uses the chat model.' : `Uses the model of “${modelSlots[source.slot].title}”.`;
  return source.level === 'system' ? inherited : `${inherited} ${levelReasons[source.level]}`;
}

function whatToDo(slot: SlotName, providers: ProviderRow[]): string {
  const connect =
    providers.length === 0
      ? 'No model server is connected: add one in the model settings.'
      : `Choose one of the models of ${providers.map((provider) => provider.name).join(' or ')} in the model settings.`;
  if (slot === 'embedding')
    return `Search works by words only until an embedding model is chosen. ${connect}`;
  if (slot === 'title') return 'Titles are made from the first question until a chat model is chosen.';
  if (slot === 'chat')
    return `Answers are quotations from documents until a chat model is chosen. ${connect}`;
  return 'No model does this job until a chat model is chosen.';
}
