import { beforeEach, expect, it, vi } from 'vitest';
import { RunOverlay } from './run-overlay.svelte.ts';

const server = vi.hoisted(() => ({ get: vi.fn(), post: vi.fn() }));
const ended = vi.hoisted(() => vi.fn());
vi.mock('#lib/api/index.ts', () => ({ api: server }));
vi.mock('../runs/index.ts', () => ({
  RunFollower: class {
    readonly id: string;
    run = undefined;
    constructor(id: string) {
      this.id = id;
    }
    follow() {
      return () => ended(this.id);
    }
  },
}));
beforeEach(() => void vi.resetAllMocks());
const going = { items: [{ id: 'r1', ended_at: null }] };

it('shows the run that goes on, and ends following it when somebody leaves', async () => {
  server.get.mockResolvedValue(going);
  const overlay = new RunOverlay();
  await overlay.find('w1');
  expect(overlay.follower?.id).toBe('r1');
  overlay.dismiss();
  expect(ended).toHaveBeenCalledWith('r1');
});

it('follows nothing for an editor that was left while it looked', async () => {
  const answer = Promise.withResolvers<typeof going>();
  server.get.mockReturnValue(answer.promise);
  const overlay = new RunOverlay();
  const finding = overlay.find('w1');
  overlay.dismiss();
  answer.resolve(going);
  await finding;
  expect(overlay.follower).toBeNull();
});
