import type { WorkflowClient } from '../workflows/workflow-world.ts';

export interface Told {
  id: string;
  kind: string;
  title: string;
  body: string;
  href: string | null;
  read_at: string | null;
}

export interface Listed {
  items: Told[];
  next_cursor: string | null;
  unread_count: number;
}

/** What somebody was told, newest first. */
export async function toldTo(who: WorkflowClient): Promise<Listed> {
  return (await who.call<Listed>('GET', '/notifications?limit=100')).body;
}
