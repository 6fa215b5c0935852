import { describe, expect, it } from 'vitest';
import { type DraftStorage, Drafts, isQuestionTooLong } from './drafts.ts';

function storage(limit = Number.POSITIVE_INFINITY): DraftStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => items.delete(key),
    setItem: (key, value) => {
      if (value.length > limit) throw new DOMException('full', 'QuotaExceededError');
      items.set(key, value);
    },
  };
}

describe('drafts', () => {
  it('survive a reload, each conversation for itself', () => {
    const shared = storage();
    new Drafts(shared, 'ada').write('c1', 'half a question');
    const reopened = new Drafts(shared, 'ada');
    expect(reopened.read('c1')).toBe('half a question');
    expect(reopened.read('c2')).toBe('');
    expect(reopened.read(null)).toBe('');
  });

  it('are not shown to another person on the same browser', () => {
    const shared = storage();
    new Drafts(shared, 'ada').write(null, 'private');
    expect(new Drafts(shared, 'bob').read(null)).toBe('');
  });

  it('are forgotten once sent or emptied', () => {
    const drafts = new Drafts(storage(), 'ada');
    drafts.write('c1', 'a');
    drafts.clear('c1');
    drafts.write('c2', 'b');
    drafts.write('c2', '');
    expect([drafts.read('c1'), drafts.read('c2')]).toEqual(['', '']);
  });

  it('stay for the life of the tab when the browser refuses to store them, and say so', () => {
    const drafts = new Drafts(storage(10), 'ada');
    expect(drafts.write('c1', 'short')).toBe(true);
    expect(drafts.write('c1', 'longer than ten characters')).toBe(false);
    expect(drafts.read('c1')).toBe('longer than ten characters');
    expect([drafts.isKept('c1'), drafts.isKept('c2')]).toEqual([false, true]);
    drafts.write('c1', 'short');
    expect(drafts.isKept('c1')).toBe(true);
    expect(new Drafts(null, 'ada').write('c1', 'x')).toBe(false);
  });
});

it('drafts without room in the browser are there when the chat is opened again in the same tab', () => {
  const full = storage(10);
  new Drafts(full, 'ada').write('c1', 'longer than ten characters');
  const again = new Drafts(full, 'ada');
  expect([again.read('c1'), again.isKept('c1')]).toEqual(['longer than ten characters', false]);
  expect(new Drafts(full, 'bob').read('c1')).toBe('');
  again.beginSending('c1', { content: 'longer than ten characters' });
  expect([again.read('c1'), again.isKept('c1')]).toEqual(['', true]);
});

describe('a question on its way', () => {
  const question = { content: 'Is it once?' };

  it('is no draft any more, and is found with its key by the page that was reloaded', () => {
    const shared = storage();
    const before = new Drafts(shared, 'ada');
    before.write(null, question.content);
    const sending = before.beginSending(null, question);
    const reloaded = new Drafts(shared, 'ada');
    expect(reloaded.read(null)).toBe('');
    expect(reloaded.underWay(null)).toEqual(sending);
    expect(reloaded.underWay('c1')).toBeUndefined();
  });

  it('is forgotten once the server has acknowledged it', () => {
    const shared = storage();
    const drafts = new Drafts(shared, 'ada');
    drafts.beginSending('c1', question);
    drafts.acknowledge('c1');
    const reloaded = new Drafts(shared, 'ada');
    expect([reloaded.underWay('c1'), reloaded.read('c1')]).toEqual([undefined, '']);
  });

  it('is a draft again when it failed, before what was typed since, and goes out with its old key', () => {
    const drafts = new Drafts(storage(), 'ada');
    const first = drafts.beginSending('c1', question);
    drafts.write('c1', 'typed since');
    expect(drafts.giveBack('c1', first)).toBe('Is it once?\ntyped since');
    expect(drafts.underWay('c1')).toBeUndefined();
    expect(drafts.beginSending('c1', question).key).toBe(first.key);
    expect(drafts.beginSending('c1', { content: 'Another?' }).key).not.toBe(first.key);
  });

  it('is not sent by another person on the same browser', () => {
    const shared = storage();
    new Drafts(shared, 'ada').beginSending(null, question);
    expect(new Drafts(shared, 'bob').underWay(null)).toBeUndefined();
  });
});

describe('question length', () => {
  it('is counted in bytes, not in characters', () => {
    expect(isQuestionTooLong('a'.repeat(100_000))).toBe(false);
    expect(isQuestionTooLong('a'.repeat(100_001))).toBe(true);
    expect(isQuestionTooLong('é'.repeat(50_001))).toBe(true);
  });
});
