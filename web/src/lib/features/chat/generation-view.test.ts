import type { Message, Step } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import fc from '../../property.ts';
import {
  applyGenerationEvent,
  emptyGeneration,
  type GenerationEvent,
  toGenerationEvent,
  withGeneration,
} from './generation-view.ts';

const step = (id: string, state: Step['state']): Step => ({
  id,
  kind: 'retrieve',
  title: 'Searched',
  state,
  detail: null,
  text: null,
  approval_id: null,
  code: null,
  params: {},
  node_id: null,
  duration_ms: null,
});
const message = (content: string): Message => ({
  id: 'm',
  conversation_id: 'c',
  parent_id: null,
  role: 'assistant',
  content,
  status: 'complete',
  mode: 'simple',
  model: null,
  citations: [],
  steps: [],
  notices: [],
  error: null,
  usage: null,
  generation_id: 'g',
  run_id: null,
  siblings: { index: 0, ids: ['m'] },
  created_at: '2026-01-01T00:00:00Z',
});
const delta = (seq: number, text: string): GenerationEvent => ({ seq, type: 'delta', data: { text } });
const replay = (events: GenerationEvent[]) => events.reduce(applyGenerationEvent, emptyGeneration);

describe('generation view', () => {
  it('adds deltas up in order', () => {
    expect(replay([delta(1, 'a'), delta(2, 'b')]).text).toBe('ab');
  });

  it('counts each event once, however often a reconnection repeats it', () => {
    const events = fc.array(fc.string({ maxLength: 5 }), { maxLength: 20 });
    fc.assert(
      fc.property(events, fc.nat(19), (texts, from) => {
        const sent = texts.map((text, index) => delta(index + 1, text));
        expect(replay([...sent, ...sent.slice(from), ...sent]).text).toBe(texts.join(''));
      }),
    );
  });

  it('updates a step in place by its id', () => {
    const view = replay([
      { seq: 1, type: 'step', data: step('a', 'running') },
      { seq: 2, type: 'step', data: step('b', 'running') },
      { seq: 3, type: 'step', data: step('a', 'done') },
    ]);
    expect(view.steps.map(({ id, state }) => [id, state])).toEqual([
      ['a', 'done'],
      ['b', 'running'],
    ]);
  });

  it('adds up what steps say beside each other, each for itself', () => {
    const view = replay([
      { seq: 1, type: 'step', data: step('a', 'running') },
      { seq: 2, type: 'step', data: step('b', 'running') },
      { seq: 3, type: 'step_text', data: { id: 'a', text: 'One ' } },
      { seq: 4, type: 'step_text', data: { id: 'b', text: 'Two' } },
      { seq: 5, type: 'step_text', data: { id: 'a', text: 'more' } },
      { seq: 6, type: 'step_text', data: { id: 'gone', text: 'nobody' } },
    ]);
    expect(view.steps.map(({ id, text }) => [id, text])).toEqual([
      ['a', 'One more'],
      ['b', 'Two'],
    ]);
  });

  it('takes what a step is stored with over what was streamed', () => {
    const view = replay([
      { seq: 1, type: 'step', data: step('a', 'running') },
      { seq: 2, type: 'step_text', data: { id: 'a', text: 'half a pl' } },
      { seq: 3, type: 'step', data: { ...step('a', 'done'), text: 'The whole plan' } },
    ]);
    expect(view.steps[0]).toMatchObject({ state: 'done', text: 'The whole plan' });
  });

  it('goes back to the text of a step that was begun again and keeps everything else', () => {
    const view = replay([
      { seq: 1, type: 'step', data: step('a', 'done') },
      delta(2, 'Quick answer. '),
      delta(3, 'In dep'),
      { seq: 4, type: 'rewound', data: { text: 'Quick answer. ' } },
      delta(5, 'In depth.'),
    ]);
    expect(view.text).toBe('Quick answer. In depth.');
    expect(view.steps).toHaveLength(1);
    expect(view.restart).toBeNull();
  });

  it('shows a step that waits for a decision with what it waits for', () => {
    const waiting: Step = { ...step('a', 'waiting'), kind: 'approval', approval_id: 'p' };
    const view = replay([
      { seq: 1, type: 'step', data: waiting },
      { seq: 2, type: 'step', data: { ...waiting, state: 'done' } },
    ]);
    expect(view.steps).toEqual([{ ...waiting, state: 'done' }]);
  });

  it('discards text, steps, sources and notices when the answer restarts', () => {
    const view = replay([
      delta(1, 'half an ans'),
      { seq: 2, type: 'step', data: step('a', 'done') },
      { seq: 3, type: 'notice', data: { code: 'x', params: {}, detail: 'y' } },
      { seq: 4, type: 'restarted', data: { attempt: 2, code: 'stopped', reason: 'The worker stopped.' } },
      delta(5, 'whole'),
    ]);
    expect(view).toMatchObject({ text: 'whole', steps: [], notices: [], attempt: 2 });
    expect(view.restart).toEqual({ code: 'stopped', detail: 'The worker stopped.' });
  });

  it('ends as the stored message and takes nothing after it', () => {
    const view = replay([
      delta(1, 'partial'),
      { seq: 2, type: 'end', data: { status: 'completed', message: message('stored') } },
      delta(3, ' late'),
    ]);
    expect(withGeneration(message(''), view).content).toBe('stored');
    expect(view.lastSeq).toBe(2);
  });

  it('shows the text so far on the running message', () => {
    expect(withGeneration(message('old partial'), replay([delta(1, 'new')])).content).toBe('new');
  });

  it('shows the notices so far on the running message, and at the end those that were stored', () => {
    const notice = { code: 'x', params: {}, detail: 'y' };
    const running: GenerationEvent = { seq: 1, type: 'notice', data: notice };
    expect(withGeneration(message(''), replay([running])).notices).toEqual([notice]);
    const end = { status: 'completed', message: message('stored') } as const;
    expect(
      withGeneration(message(''), replay([running, { seq: 2, type: 'end', data: end }])).notices,
    ).toEqual([]);
  });

  it('skips event types of a newer server', () => {
    expect(toGenerationEvent('telepathy', {}, 3)).toBeUndefined();
    expect(toGenerationEvent('delta', { text: 'a' }, 3)?.type).toBe('delta');
  });
});
