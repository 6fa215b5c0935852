import { describe, expect, it } from 'vitest';
import { partsOf } from './answer-parts.ts';

describe('the parts of a fast answer', () => {
  it('are the quick answer and what was added to it', () => {
    expect(partsOf('Quick.\n\n---\n\nMore.\n\n---\n\nAnd more.')).toEqual([
      'Quick.',
      'More.\n\n---\n\nAnd more.',
    ]);
  });

  it('are one while nothing was added, also while the rule is still being written', () => {
    expect(partsOf('Quick.\n\n--')).toEqual(['Quick.\n\n--']);
    expect(partsOf('| a |\n|---|\n| b |')).toEqual(['| a |\n|---|\n| b |']);
  });
});
