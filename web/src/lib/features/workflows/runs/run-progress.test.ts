import { describe, expect, it } from 'vitest';
import { RunProgress } from './run-progress.ts';
import { rowOf } from './test-steps.ts';

const running = (number: number, attempt = 1) => ({
  ...{ number, node_id: 'ask', frame: '', status: 'running' as const, attempt, waits_for: null },
});
const succeeded = (number: number) => ({ number, status: 'succeeded' as const, port: 'next', error: null });

describe('the progress of a run', () => {
  it('shows what an event says at once and wants the row read again', () => {
    const progress = new RunProgress();
    progress.applyStep(running(1), 1);
    expect(progress.steps.get(1)).toMatchObject({ status: 'running', node_id: 'ask', started_at: null });
    expect(progress.takeStale()).toEqual([1]);
    progress.takeRows([rowOf(1, { status: 'running', ended_at: null })]);
    expect(progress.steps.get(1)?.started_at).not.toBeNull();
    expect(progress.hasStale).toBe(false);
  });

  it('never lets an ended step begin again, whatever arrives late', () => {
    const progress = new RunProgress();
    progress.applyStep(running(1), 1);
    progress.applyStep(succeeded(1), 2);
    progress.applyStep(running(1), 3);
    expect(progress.steps.get(1)?.status).toBe('succeeded');
  });

  it('does not take a row over that changed while it was read', () => {
    const progress = new RunProgress();
    progress.applyStep(running(1), 1);
    progress.takeStale();
    progress.applyStep(succeeded(1), 2);
    progress.takeRows([rowOf(1, { status: 'running', ended_at: null })]);
    expect(progress.steps.get(1)?.status).toBe('succeeded');
    expect(progress.takeStale()).toEqual([1]);
  });

  it('takes nothing but text from events that the rows contain already', () => {
    const progress = new RunProgress();
    progress.noteReadSeq(9);
    progress.takeRows([rowOf(1, { status: 'running', ended_at: null })]);
    progress.applyStep({ ...running(1), status: 'waiting', waits_for: 'time' }, 3);
    progress.applyStep(running(1), 4);
    progress.applyDelta({ number: 1, text: 'Light' });
    progress.applyDelta({ number: 1, text: 'house' });
    expect(progress.steps.get(1)?.status).toBe('running');
    expect(progress.hasStale).toBe(false);
    expect(progress.textOf(1)).toEqual({ text: 'Lighthouse', isWhole: true });
  });

  it('says that the beginning of a text is missing where it did not see it', () => {
    const progress = new RunProgress();
    progress.takeRows([rowOf(1, { status: 'running', ended_at: null })]);
    progress.applyDelta({ number: 1, text: 'house' });
    expect(progress.textOf(1)).toEqual({ text: 'house', isWhole: false });
  });

  it('forgets what was written when the step begins again, and shows it never twice', () => {
    const progress = new RunProgress();
    progress.applyStep(running(1), 1);
    progress.applyDelta({ number: 1, text: 'once' });
    progress.applyBegin();
    progress.applyDelta({ number: 1, text: 'once' });
    expect(progress.textOf(1)?.text).toBe('once');
    progress.applyStep(running(1, 2), 5);
    expect(progress.textOf(1)?.text).toBe('');
  });

  it('wants the rows of steps that the end of the run cut off', () => {
    const progress = new RunProgress();
    progress.takeRows([rowOf(1), rowOf(2, { status: 'waiting', ended_at: null })]);
    progress.applyEnd();
    expect(progress.takeStale()).toEqual([2]);
  });

  it('counts the items of a loop', () => {
    const progress = new RunProgress();
    const waits = { total: 5, begun: 3, ended: 0 };
    progress.takeRows([rowOf(1, { status: 'waiting', ended_at: null, progress: waits })]);
    progress.applyProgress({ number: 1, ended: 4, total: 5 }, 1);
    expect(progress.steps.get(1)?.progress).toEqual({ total: 5, begun: 4, ended: 4 });
  });
});
