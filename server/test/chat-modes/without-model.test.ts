import { afterAll, beforeAll, expect, it } from 'vitest';
import { createModeWorld, type ModeWorld } from './mode-world.ts';

let world: ModeWorld;
beforeAll(async () => {
  world = await createModeWorld({ withoutModel: true });
});
afterAll(() => world.stop());

it.each(['router', 'experts', 'socratic', 'fast'] as const)(
  '%s quotes from documents without a model, and says what it cannot do',
  async (mode) => {
    const ada = await world.client();
    await ada.upload('boiler.txt', 'The boiler in the cellar was mended on the third of March by Mr Finch.');
    const { message, events } = await ada.answer(mode, 'Who mended the boiler?', { scope: { kind: 'all' } });
    expect(message).toMatchObject({ status: 'complete', mode, run_id: null });
    expect(message.content).toContain('Mr Finch');
    expect(message.citations[0]).toMatchObject({ document_name: 'boiler.txt', verified: true });
    const notice = events.find((event) => event.type === 'notice')?.data;
    expect(notice).toMatchObject({ code: 'conversations.mode_needs_model', params: { mode } });
    expect(message.notices).toEqual([
      notice,
      expect.objectContaining({ code: 'conversations.server_words', params: { words: 'answer' } }),
    ]);
    expect(message.content.startsWith(message.notices[1]?.detail ?? '?')).toBe(true);
    const { body } = await ada.call<{
      items: { id: string; available: boolean; limits: string; workflow_id: null }[];
    }>('GET', '/chat-modes');
    const shown = body.items.find(({ id }) => id === mode);
    expect(shown).toMatchObject({ available: false, limits_code: 'no_model', workflow_id: null });
    expect(shown?.limits).toBe((notice as { detail: string }).detail);
  },
);
