import type { Conversation } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import { groupConversations } from './conversation-groups.ts';

const conversation = (id: string, updated_at: string, pinned = false): Conversation => ({
  id,
  title: id,
  pinned,
  scope: { kind: 'all' },
  mode: 'simple',
  model: null,
  message_count: 1,
  created_at: updated_at,
  updated_at,
  snippet: null,
  active_generation: null,
});
const groupsOf = (items: Conversation[], now: string, timeZone: string) =>
  groupConversations(items, new Date(now), timeZone).map(({ name, items: found }) => [
    name,
    found.map(({ id }) => id),
  ]);

describe('conversation groups', () => {
  it('put pinned first, then today, then earlier, newest first', () => {
    const items = [
      conversation('old', '2026-05-15T10:00:00Z'),
      conversation('morning', '2026-05-17T06:00:00Z'),
      conversation('noon', '2026-05-17T12:00:00Z'),
      conversation('kept', '2026-01-01T00:00:00Z', true),
    ];
    expect(groupsOf(items, '2026-05-17T15:00:00Z', 'UTC')).toEqual([
      ['pinned', ['kept']],
      ['today', ['noon', 'morning']],
      ['earlier', ['old']],
    ]);
  });

  it("follow the person's day, not the server's", () => {
    const late = [conversation('late', '2026-05-17T23:30:00Z')];
    expect(groupsOf(late, '2026-05-18T05:00:00Z', 'UTC')).toEqual([['earlier', ['late']]]);
    expect(groupsOf(late, '2026-05-18T05:00:00Z', 'Asia/Tokyo')).toEqual([['today', ['late']]]);
  });

  it('leave empty groups out', () => {
    expect(groupsOf([], '2026-05-17T15:00:00Z', 'UTC')).toEqual([]);
  });
});
