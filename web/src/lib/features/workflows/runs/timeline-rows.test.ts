import { describe, expect, it } from 'vitest';
import type { StepState } from './run-progress.ts';
import { stepOf } from './test-steps.ts';
import { type DrawnRun, type TimelineRow, timelineRows } from './timeline-rows.ts';

const createdMs = Date.parse('2026-01-01T09:00:00Z');
const drawn = (steps: StepState[], id = 'run'): DrawnRun => ({ id, createdMs, steps });
const rows = (
  steps: StepState[],
  opened: Record<string, boolean> = {},
  children: DrawnRun[] = [],
): TimelineRow[] =>
  timelineRows(drawn(steps), {
    opened: new Map(Object.entries(opened)),
    children: new Map(children.map((child) => [child.id, child])),
  });
const outline = (list: TimelineRow[]) =>
  list.map(
    ({ level, kind, index, step }) => `${level} ${kind}${index === null ? '' : index} ${step.node_id}`,
  );
const loop = (items: number) => [
  stepOf(1, { node_id: 'each', progress: { total: items, begun: items, ended: items } }),
  ...Array.from({ length: items }, (_, index) =>
    stepOf(2 + index, { node_id: 'one', frame: `l1.${index}/` }),
  ),
];

describe('the lines of a timeline', () => {
  it('follow the order of the steps', () => {
    const list = rows([stepOf(1, { node_id: 'start' }), stepOf(2, { node_id: 'ask' })]);
    expect(outline(list)).toEqual(['1 step start', '1 step ask']);
    expect(list.map(({ position, siblings }) => [position, siblings])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it('show the items of a short loop, one line each where they have one step', () => {
    expect(outline(rows(loop(3)))).toEqual(['1 step each', '2 step0 one', '2 step1 one', '2 step2 one']);
  });

  it('keep a long loop in one line until somebody opens it, with how many items it has', () => {
    const [each, ...rest] = rows(loop(2_000));
    expect(rest).toEqual([]);
    expect(each).toMatchObject({ isOpen: false, parts: { total: 2_000, failed: 0 } });
    expect(rows(loop(2_000), { 'run:1': true })).toHaveLength(2_001);
  });

  it('group the steps of an item, with its worst state and its whole time', () => {
    const steps = [
      stepOf(1, { node_id: 'each', progress: { total: 1, begun: 1, ended: 1 } }),
      stepOf(2, { node_id: 'a', frame: 'l1.0/', status: 'failed' }),
      stepOf(3, { node_id: 'b', frame: 'l1.0/', ended_at: '2026-01-01T10:00:09.000Z' }),
    ];
    const list = rows(steps);
    expect(outline(list)).toEqual(['1 step each', '2 item0 a']);
    expect(list[1]).toMatchObject({ status: 'failed', isOpen: false });
    expect((list[1]?.endedMs ?? 0) - (list[1]?.startedMs ?? 0)).toBe(9_000);
    expect(list[0]?.parts).toEqual({ total: 1, failed: 1 });
    expect(outline(rows(steps, { 'run:l1.0/': true }))).toEqual([
      '1 step each',
      '2 item0 a',
      '3 step a',
      '3 step b',
    ]);
  });

  it('nest branches in items of loops, and count failures at every level', () => {
    const list = rows(
      [
        stepOf(1, { node_id: 'each' }),
        stepOf(2, { node_id: 'fork', frame: 'l1.0/' }),
        stepOf(3, { node_id: 'left', frame: 'l1.0/p2.0/' }),
        stepOf(4, { node_id: 'right', frame: 'l1.0/p2.1/', status: 'failed' }),
        stepOf(5, { node_id: 'join', frame: 'l1.0/' }),
      ],
      { 'run:l1.0/': true },
    );
    expect(outline(list)).toEqual([
      '1 step each',
      '2 item0 fork',
      '3 step fork',
      '4 step0 left',
      '4 step1 right',
      '3 step join',
    ]);
    expect(list[0]?.parts?.failed).toBe(1);
  });

  it('show a loop at work while one of its items is', () => {
    const list = rows([
      stepOf(1, { node_id: 'each', status: 'waiting', waits_for: { kind: 'items' }, ended_at: null }),
      stepOf(2, { node_id: 'one', frame: 'l1.0/', status: 'running', ended_at: null }),
    ]);
    expect(list[0]?.status).toBe('running');
  });

  it('open into the run of a sub-workflow once that was read', () => {
    const steps = [stepOf(1, { node_id: 'sub', child_run_id: 'child' })];
    expect(rows(steps)[0]?.isOpen).toBe(false);
    expect(rows(steps, { 'run:1': true }).map(({ kind }) => kind)).toEqual(['step', 'reading']);
    const child = drawn([stepOf(1, { node_id: 'inner' })], 'child');
    const [, inner] = rows(steps, { 'run:1': true }, [child]);
    expect(inner).toMatchObject({ runId: 'child', level: 2, key: 'child:1' });
  });

  it('say what was taken over from the run that is tried again', () => {
    const old = { started_at: '2026-01-01T08:00:00.000Z', ended_at: '2026-01-01T08:00:01.000Z' };
    const list = rows([stepOf(1, old), stepOf(2)]);
    expect(list.map(({ isTakenOver }) => isTakenOver)).toEqual([true, false]);
  });
});
