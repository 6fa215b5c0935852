import type { Step } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import { formatDuration, summaryOfSteps } from './step-summary.ts';

const step = (changes: Partial<Step>): Step => ({
  id: 's',
  kind: 'prompt',
  title: 'Prepared the question',
  state: 'done',
  detail: null,
  duration_ms: null,
  ...changes,
});

describe('step summary', () => {
  it('adds the durations up and names what the search did', () => {
    const steps = [
      step({ kind: 'retrieve', detail: '12 passages', duration_ms: 320 }),
      step({ id: 't', duration_ms: 900 }),
    ];
    expect(summaryOfSteps(steps)).toMatchObject({ highlight: '12 passages', durationMs: 1_220 });
  });

  it('names the step that runs', () => {
    const steps = [step({}), step({ id: 't', title: 'Search', state: 'running' })];
    expect(summaryOfSteps(steps).running?.title).toBe('Search');
  });

  it.each([
    [320, '320 ms'],
    [1_220, '1.2 s'],
    [61_400, '61 s'],
  ])('writes %i ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});
