import type { Conversation } from '@aiwfe/api-client';

export type ConversationGroupName = 'pinned' | 'today' | 'earlier';

export interface ConversationGroup {
  name: ConversationGroupName;
  items: Conversation[];
}

/** The calendar day of a moment in a time zone, as `2026-05-17`. */
export function dayOf(moment: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(moment);
}

/** Conversations newest first under pinned, today and earlier; groups without a conversation are left out. */
export function groupConversations(
  conversations: readonly Conversation[],
  now: Date,
  timeZone?: string,
): ConversationGroup[] {
  const today = dayOf(now, timeZone);
  const groups: Record<ConversationGroupName, Conversation[]> = { pinned: [], today: [], earlier: [] };
  const newestFirst = conversations.toSorted((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at));
  for (const conversation of newestFirst) {
    const isToday = dayOf(new Date(conversation.updated_at), timeZone) >= today;
    groups[conversation.pinned ? 'pinned' : isToday ? 'today' : 'earlier'].push(conversation);
  }
  return (['pinned', 'today', 'earlier'] as const)
    .map((name) => ({ name, items: groups[name] }))
    .filter((group) => group.items.length > 0);
}
