import { describe, expect, it } from 'vitest';
import { commit, redo, startHistory, undo } from './definition-history.ts';

describe('history', () => {
  it('takes changes back and brings them again', () => {
    const drawn = commit(commit(startHistory('a'), 'b'), 'c');
    expect(undo(drawn).present).toBe('b');
    expect(undo(undo(drawn)).present).toBe('a');
    expect(redo(undo(undo(drawn))).present).toBe('b');
  });

  it('takes changes of the same thing in a row back at once', () => {
    const typed = commit(commit(commit(startHistory(''), 'h', 'name'), 'hi', 'name'), 'moved', 'place');
    expect(undo(typed).present).toBe('hi');
    expect(undo(undo(typed)).present).toBe('');
  });

  it('begins a new change after something was taken back', () => {
    const again = commit(undo(commit(startHistory('a'), 'b', 'name')), 'c', 'name');
    expect(again.future).toEqual([]);
    expect(undo(again).present).toBe('a');
  });

  it('does nothing at either end', () => {
    const fresh = startHistory('a');
    expect(undo(fresh)).toBe(fresh);
    expect(redo(fresh)).toBe(fresh);
  });

  it('keeps the last 200 changes', () => {
    let history = startHistory(0);
    for (let value = 1; value <= 300; value += 1) history = commit(history, value);
    expect(history.past.length).toBe(200);
    expect(history.past[0]).toBe(100);
  });
});
