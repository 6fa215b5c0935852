import { describe, expect, it } from 'vitest';
import { previewOf } from './step-preview.ts';

const text = '## A plan\n\n1. Ask **Ada**\n- then `decide`\n\n';

describe('preview of what a step says', () => {
  it('follows the last line while it is written', () => {
    expect(previewOf(text, true)).toBe('then decide');
  });

  it('is how the text begins once it is there', () => {
    expect(previewOf(text, false)).toBe('A plan');
  });

  it('is short, and empty for nothing', () => {
    expect(previewOf('x'.repeat(1_000), false)).toHaveLength(160);
    expect(previewOf('\n---\n', false)).toBe('');
  });
});
