import type { Step } from '@aiwfe/api-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { summaryOfSteps } from './step-summary.ts';

const step = (changes: Partial<Step>): Step => ({
  id: 's',
  kind: 'prompt',
  title: 'Prepared the question',
  state: 'done',
  detail: null,
  text: null,
  approval_id: null,
  code: null,
  params: {},
  node_id: null,
  duration_ms: null,
  ...changes,
});

beforeAll(() => texts.use('en'));

describe('step summary', () => {
  it('names what was found in the documents and on the web', () => {
    const steps = [
      step({ kind: 'retrieve', detail: '12 passages' }),
      step({ id: 'w', kind: 'web', title: 'Search the web', detail: '5 results' }),
    ];
    expect(summaryOfSteps(steps).highlight).toBe('12 passages · Search the web: 5 results');
  });

  it('keeps quiet about a search that found nothing', () => {
    const steps = [step({ kind: 'retrieve', detail: 'nothing found' }), step({ id: 't', kind: 'tool' })];
    expect(summaryOfSteps(steps).highlight).toBe('used 1 tool');
  });

  it('adds the durations up and names what the search did', () => {
    const steps = [
      step({ kind: 'retrieve', detail: '12 passages', duration_ms: 320 }),
      step({ id: 't', duration_ms: 900 }),
    ];
    expect(summaryOfSteps(steps)).toMatchObject({ highlight: '12 passages', durationMs: 1_220 });
  });

  it('names the step that runs', () => {
    const steps = [step({}), step({ id: 't', title: 'Search', state: 'running' })];
    expect(summaryOfSteps(steps).running).toBe('Search');
  });

  it('says how many experts write at once, and names the only one', () => {
    const experts = ['a', 'b'].map((id) =>
      step({ id, kind: 'expert', title: `Expert ${id}`, state: 'running' }),
    );
    expect(summaryOfSteps(experts).running).toBe('2 experts are writing');
    expect(summaryOfSteps(experts.slice(0, 1)).running).toBe('Expert a');
  });

  it('counts the experts who answered and the tools that worked', () => {
    const steps = [
      step({ kind: 'retrieve', detail: '12 passages' }),
      step({ id: 'a', kind: 'expert' }),
      step({ id: 'b', kind: 'expert' }),
      step({ id: 'c', kind: 'expert', state: 'failed' }),
      step({ id: 'd', kind: 'tool' }),
    ];
    expect(summaryOfSteps(steps).highlight).toBe('12 passages · asked 2 experts · used 1 tool');
  });

  it('counts the slowest of experts who worked beside each other, and no time of the person', () => {
    const steps = [
      step({ id: 'p', kind: 'plan', duration_ms: 1_000 }),
      step({ id: 'a', kind: 'expert', duration_ms: 3_000 }),
      step({ id: 'b', kind: 'expert', duration_ms: 2_000 }),
      step({ id: 'q', kind: 'approval', duration_ms: 90_000 }),
      step({ id: 's', kind: 'summary', duration_ms: 500 }),
    ];
    expect(summaryOfSteps(steps).durationMs).toBe(4_500);
  });

  it('finds the step that waits for a decision', () => {
    const steps = [step({}), step({ id: 'w', kind: 'approval', state: 'waiting' })];
    expect(summaryOfSteps(steps).waiting?.id).toBe('w');
  });
});
