import { describe, expect, it } from 'vitest';
import { FileRefused, readWorkflowFile } from './workflow-file.ts';

const good = { kind: 'aiwfe.workflow', name: 'Review', definition: { format: 1, nodes: [], edges: [] } };
const reasonsOf = (text: string, size = text.length): number => {
  try {
    readWorkflowFile(size, text);
    return 0;
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    return error.reasons.length;
  }
};

describe('a file that is to become a workflow', () => {
  it('is taken as it was exported', () => {
    expect(readWorkflowFile(100, JSON.stringify(good))).toEqual(good);
  });

  it('is refused with every reason at once', () => {
    expect(reasonsOf('{}')).toBe(3);
    expect(reasonsOf(JSON.stringify({ ...good, kind: 'n8n' }))).toBe(1);
    expect(reasonsOf(JSON.stringify({ ...good, definition: [] }))).toBe(1);
    expect(reasonsOf('null')).toBe(3);
  });

  it('is refused when it is no JSON or too large', () => {
    expect(reasonsOf('not json')).toBe(1);
    expect(reasonsOf(JSON.stringify(good), 3_000_000)).toBe(1);
  });
});
