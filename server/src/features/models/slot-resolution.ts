import {
  type ModelChoice,
  type SlotLevel,
  type SlotName,
  type SlotOptions,
  type SlotSource,
  slotLine,
} from '../../platform/models/index.ts';

export type StoredLevel = Exclude<SlotLevel, 'choice'>;

/** What is stored for one slot at one level. */
export interface LevelAssignment {
  slot: SlotName;
  level: StoredLevel;
  /** The first does the job; none where only options are set. */
  choices: ModelChoice[];
  options: SlotOptions;
  locked: boolean;
}

export interface SlotResolution {
  choices: ModelChoice[];
  options: SlotOptions;
  /** `undefined`: nobody has chosen a model. */
  source: SlotSource | undefined;
}

const generality: readonly StoredLevel[] = ['system', 'role', 'person', 'conversation'];

/** They are about how the model is loaded, so they come with the model; the others are about the job. */
const loadOptions = ['contextTokens', 'keepAlive'] as const;

/**
 * What a slot comes down to, given everything stored for one person and conversation. A choice for the slot itself wins
 * over any choice for the slot it falls back to; within a slot the most particular level wins, unless a more general one
 * is locked.
 */
export function resolveSlot(slot: SlotName, stored: readonly LevelAssignment[]): SlotResolution {
  const line = slotLine(slot).map((name) => ({ name, levels: levelsOf(name, stored) }));
  const options = Object.assign(
    {},
    ...line.toReversed().map(({ name, levels }) => merged(levels, name === slot)),
  );
  for (const { name, levels } of line) {
    const chosen = levels.findLast((one) => one.choices.length > 0);
    if (chosen) return { choices: chosen.choices, options, source: { level: chosen.level, slot: name } };
  }
  return { choices: [], options, source: undefined };
}

/** The level that keeps more personal ones from counting for a slot, if any does. */
export function lockedAt(slot: SlotName, stored: readonly LevelAssignment[]): StoredLevel | undefined {
  return stored.find((one) => one.slot === slot && one.locked)?.level;
}

/** Whether nobody may choose otherwise, not even for one request: the slot is locked, or one that its model comes from. */
export function isFixed(
  slot: SlotName,
  source: SlotSource | undefined,
  stored: readonly LevelAssignment[],
): boolean {
  const line = slotLine(slot);
  const counting = source ? line.slice(0, line.indexOf(source.slot) + 1) : line;
  return counting.some((name) => lockedAt(name, stored) !== undefined);
}

/** From general to particular, up to the first that is locked. */
function levelsOf(slot: SlotName, stored: readonly LevelAssignment[]): LevelAssignment[] {
  const own = generality.flatMap((level) => stored.filter((one) => one.slot === slot && one.level === level));
  const lock = own.findIndex((one) => one.locked);
  return lock === -1 ? own : own.slice(0, lock + 1);
}

function merged(levels: LevelAssignment[], isOwn: boolean): SlotOptions {
  const all: SlotOptions = Object.assign({}, ...levels.map((one) => one.options));
  if (isOwn) return all;
  return Object.fromEntries(
    loadOptions.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );
}
