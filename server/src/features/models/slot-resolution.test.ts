import { describe, expect, test } from 'vitest';
import { type ModelChoice, modelSlots, slotLine, slotNames } from '../../platform/models/index.ts';
import { isFixed, type LevelAssignment, lockedAt, resolveSlot } from './slot-resolution.ts';

const model = (name: string): ModelChoice => ({ providerId: 'p', model: name });
const at = (
  level: LevelAssignment['level'],
  slot: LevelAssignment['slot'],
  name: string | undefined,
  more: Partial<LevelAssignment> = {},
): LevelAssignment => ({
  level,
  slot,
  choices: name === undefined ? [] : [model(name)],
  options: {},
  locked: false,
  ...more,
});

describe('declared slots', () => {
  test('every parent exists, and every line but that of embedding ends at chat', () => {
    expect(slotNames.length).toBeGreaterThanOrEqual(25);
    for (const slot of slotNames) {
      const line = slotLine(slot);
      expect(line.at(-1), slot).toBe(slot === 'embedding' ? 'embedding' : 'chat');
      expect(modelSlots[slot].about, slot).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('resolution', () => {
  test('the most particular level of a slot wins, and says so', () => {
    const stored = [at('conversation', 'chat', 'd'), at('system', 'chat', 'a'), at('role', 'chat', 'b')];
    expect(resolveSlot('chat', stored)).toMatchObject({
      choices: [model('d')],
      source: { level: 'conversation', slot: 'chat' },
    });
    expect(resolveSlot('chat', stored.slice(1))).toMatchObject({ source: { level: 'role', slot: 'chat' } });
  });

  test('a choice for the slot itself wins over a more personal one for its parent', () => {
    const stored = [at('person', 'chat', 'mine'), at('system', 'title', 'small')];
    expect(resolveSlot('title', stored)).toMatchObject({
      choices: [model('small')],
      source: { level: 'system', slot: 'title' },
    });
    expect(resolveSlot('summary', stored)).toMatchObject({
      choices: [model('mine')],
      source: { level: 'person', slot: 'chat' },
    });
  });

  test('plan check goes by planning and reasoning to chat', () => {
    expect(slotLine('plan_check')).toEqual(['plan_check', 'planning', 'reasoning', 'chat']);
    const stored = [at('system', 'chat', 'c'), at('role', 'reasoning', 'r')];
    expect(resolveSlot('plan_check', stored).source).toEqual({ level: 'role', slot: 'reasoning' });
  });

  test('embedding never falls back to a chat model', () => {
    expect(resolveSlot('embedding', [at('system', 'chat', 'c')])).toEqual({
      choices: [],
      options: {},
      source: undefined,
    });
  });

  test('a locked level keeps the more personal ones from counting, options included', () => {
    const stored = [
      at('role', 'chat', 'ours', { locked: true, options: { temperature: 0 } }),
      at('person', 'chat', 'mine', { options: { temperature: 1 } }),
    ];
    expect(resolveSlot('chat', stored)).toMatchObject({
      choices: [model('ours')],
      options: { temperature: 0 },
    });
    expect(lockedAt('chat', stored)).toBe('role');
    expect(lockedAt('title', stored)).toBeUndefined();
  });

  test('what comes from a locked slot is fixed, and a slot with a model of its own is not', () => {
    const stored = [at('role', 'chat', 'ours', { locked: true }), at('person', 'reasoning', 'mine')];
    const fixed = (slot: LevelAssignment['slot']) => isFixed(slot, resolveSlot(slot, stored).source, stored);
    expect([fixed('chat'), fixed('title')]).toEqual([true, true]);
    expect([fixed('reasoning'), fixed('planning'), fixed('embedding')]).toEqual([false, false, false]);
    const withoutModel = [at('system', 'chat', undefined, { locked: true })];
    expect(isFixed('title', undefined, withoutModel)).toBe(true);
  });

  test('options of the levels add up, the most particular wins, and a model is not needed for them', () => {
    const stored = [
      at('system', 'chat', 'a', { options: { temperature: 0.2, maxOutputTokens: 100 } }),
      at('person', 'chat', undefined, { options: { temperature: 0.9 } }),
    ];
    expect(resolveSlot('chat', stored)).toEqual({
      choices: [model('a')],
      options: { temperature: 0.9, maxOutputTokens: 100 },
      source: { level: 'system', slot: 'chat' },
    });
  });

  test('how a model is loaded comes with the model of the parent; how it writes does not', () => {
    const options = { temperature: 0.9, systemPrefix: 'Be brief.', contextTokens: 32_768, keepAlive: '10m' };
    const stored = [at('system', 'chat', 'a', { options })];
    expect(resolveSlot('title', stored).options).toEqual({ contextTokens: 32_768, keepAlive: '10m' });
  });
});
