import type { Workflow } from '@aiwfe/api-client';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '#lib/api/api-problem.ts';
import { blankDefinition, changeNode } from './definition-edits.ts';
import { FakeBrowser } from './fake-browser.ts';
import { LocalDrafts } from './local-draft.ts';
import { readCatalogue } from './step-catalogue.ts';
import { WorkflowBuilder } from './workflow-builder.svelte.ts';

const server = vi.hoisted(() => ({ get: vi.fn(), patch: vi.fn(), post: vi.fn() }));
vi.mock('#lib/api/index.ts', async () => ({
  ...(await import('#lib/api/api-problem.ts')),
  ...(await import('#lib/api/resource.svelte.ts')),
  api: server,
}));
vi.mock('../runs/index.ts', () => ({ RunFollower: class {} }));

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
  vi.resetAllMocks();
});

const stored = (changes: Partial<Workflow> = {}): Workflow => ({
  ...{ id: 'w1', name: 'Review', description: '', enabled: true, version: 1, revision: 1 },
  ...{ builtin: null, sample: false, last_runs: [], next_fire_at: null, problems: [] },
  ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
  definition: blankDefinition(),
  ...changes,
});
/** As a tab does that was opened after all others were closed. */
const open = (workflow = stored()) =>
  new WorkflowBuilder(workflow, readCatalogue({}), new LocalDrafts(browser.tab(), 'ada', workflow.id));
const named = (name: string) => changeNode(blankDefinition(), 'end', { name });
const refusal = () => new ApiProblem({ status: 412, code: 'workflows.changed_meanwhile' });

describe('the editor of a workflow', () => {
  it('saves what is drawn above the revision that it began with', async () => {
    const builder = open();
    builder.drawing.change('end', { name: 'Done' });
    expect(builder.isChanged).toBe(true);
    server.patch.mockResolvedValue(stored({ version: 2, revision: 2, definition: named('Done') }));
    expect(await builder.save()).toBe(true);
    expect(server.patch.mock.calls[0]).toEqual([
      '/workflows/w1',
      { definition: named('Done') },
      { headers: { 'if-match': '"1"' } },
    ]);
    expect(builder.isChanged).toBe(false);
  });

  it('keeps what is not saved until it is, and brings it back', async () => {
    const first = open();
    first.drawing.change('end', { name: 'Done' });
    first.keepDraft();
    const again = open();
    expect(again.drawing.node('end')?.name).toBe('Done');
    expect(again.restoredFrom).not.toBeNull();
    again.discard();
    again.keepDraft();
    expect(open().restoredFrom).toBeNull();
  });

  it('says while the browser has no room for what is drawn, until it fits or is saved', async () => {
    const tab = browser.tab();
    const { setItem } = tab.shared;
    tab.shared.setItem = (key, value) => {
      if (value.includes('very long')) throw new DOMException('full', 'QuotaExceededError');
      setItem(key, value);
    };
    const builder = new WorkflowBuilder(stored(), readCatalogue({}), new LocalDrafts(tab, 'ada', 'w1'));
    const kept = (name: string): boolean => {
      builder.drawing.change('end', { name });
      builder.keepDraft();
      return builder.isDraftKept;
    };
    expect([kept('short'), kept('very long'), kept('short again'), kept('very long again')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    server.patch.mockResolvedValue(stored({ version: 2, revision: 2, definition: named('very long again') }));
    await builder.save();
    builder.keepDraft();
    expect(builder.isDraftKept).toBe(true);
  });

  it('loses nothing when saving fails, and says why', async () => {
    const builder = open();
    builder.drawing.change('end', { name: 'Done' });
    server.patch.mockRejectedValue(new ApiProblem({ status: 503 }));
    expect(await builder.save()).toBe(false);
    expect(builder.failure).toBeInstanceOf(ApiProblem);
    expect(builder.drawing.node('end')?.name).toBe('Done');
  });

  it('shows the other version when it was saved elsewhere, and mine can win', async () => {
    const builder = open();
    builder.drawing.change('end', { name: 'Mine' });
    server.patch.mockRejectedValueOnce(refusal());
    server.get.mockResolvedValue(stored({ version: 2, revision: 5, definition: named('Theirs') }));
    expect(await builder.save()).toBe(false);
    expect(builder.conflict?.revision).toBe(5);
    server.patch.mockResolvedValueOnce(stored({ version: 3, revision: 6, definition: named('Mine') }));
    await builder.keepMine();
    expect(server.patch.mock.lastCall?.[2]).toEqual({ headers: { 'if-match': '"5"' } });
    expect(builder.drawing.node('end')?.name).toBe('Mine');
    expect(builder.isChanged).toBe(false);
  });

  it('saves above what only got another name meanwhile', async () => {
    const builder = open();
    builder.drawing.change('end', { name: 'Mine' });
    server.patch.mockRejectedValueOnce(refusal());
    server.get.mockResolvedValue(stored({ name: 'Renamed', revision: 2 }));
    server.patch.mockResolvedValueOnce(stored({ name: 'Renamed', version: 2, revision: 3 }));
    expect(await builder.save()).toBe(true);
    expect(server.patch.mock.lastCall?.[2]).toEqual({ headers: { 'if-match': '"2"' } });
    expect([builder.conflict, builder.isChanged, builder.isSaving]).toEqual([null, false, false]);
  });

  it('says so where what is stored cannot be read after a refusal', async () => {
    const builder = open();
    builder.drawing.change('end', { name: 'Mine' });
    server.patch.mockRejectedValueOnce(refusal());
    server.get.mockRejectedValue(new ApiProblem({ status: 503 }));
    expect(await builder.save()).toBe(false);
    expect(builder.failure).toBeInstanceOf(ApiProblem);
    expect(builder.conflict).toBeNull();
  });

  it('has no conflict with a tab that saved the same drawing', async () => {
    const builder = open();
    builder.drawing.change('end', { name: 'Same' });
    server.get.mockResolvedValue(stored({ version: 2, revision: 2, definition: named('Same') }));
    await builder.refresh();
    expect([builder.conflict, builder.isChanged, builder.workflow.version]).toEqual([null, false, 2]);
  });

  it('does not ask where only the name changed since an unsaved drawing began', () => {
    const first = open();
    first.drawing.change('end', { name: 'Mine' });
    first.keepDraft();
    expect(open(stored({ name: 'Renamed', revision: 2 })).conflict).toBeNull();
  });

  it('or theirs stays, and mine becomes a workflow of its own', async () => {
    const builder = open();
    builder.drawing.change('end', { name: 'Mine' });
    builder.conflict = stored({ version: 2, revision: 5, definition: named('Theirs') });
    server.post.mockResolvedValue(stored({ id: 'w2' }));
    expect(await builder.keepTheirs('Copy of Review')).toBe('w2');
    expect(server.post.mock.calls[0]).toEqual([
      '/workflows',
      { name: 'Copy of Review', definition: named('Mine') },
    ]);
    expect(builder.drawing.node('end')?.name).toBe('Theirs');
    expect(builder.isChanged).toBe(false);
  });

  it('asks at once where an unsaved drawing began with an older version', () => {
    const first = open();
    first.drawing.change('end', { name: 'Mine' });
    first.keepDraft();
    expect(open(stored({ version: 2, revision: 2, definition: named('Theirs') })).conflict?.revision).toBe(2);
  });

  it('takes over what changed elsewhere while nothing is unsaved here', async () => {
    const builder = open();
    server.get.mockResolvedValue(stored({ version: 2, revision: 2, definition: named('Theirs') }));
    await builder.refresh();
    expect(builder.drawing.node('end')?.name).toBe('Theirs');
    expect(builder.conflict).toBeNull();
  });

  it('does not change a workflow that comes with the program', async () => {
    const builder = open(stored({ builtin: 'router' }));
    builder.drawing.change('end', { name: 'Done' });
    expect(builder.drawing.definition).toEqual(blankDefinition());
    expect(await builder.save()).toBe(true);
    expect(server.patch).not.toHaveBeenCalled();
  });
});
