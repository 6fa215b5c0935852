import { expect, test } from 'vitest';
import { createOwnTickets } from '../../src/features/real-time/tickets.service.ts';

const holder = { userId: 'u', sessionId: 's' };
const actor = { ...holder, role: 'user', via: 'cookie' } as const;

test('S28: a ticket of the only process is good once', async () => {
  const tickets = createOwnTickets(() => 1_000);
  const { ticket, expires_at } = await tickets.issue(actor);
  expect(expires_at).toBe(new Date(31_000).toISOString());
  expect(await tickets.redeem('another')).toBeUndefined();
  const attempts = await Promise.all([1, 2, 3].map(() => tickets.redeem(ticket)));
  expect(attempts.filter(Boolean)).toEqual([holder]);
});

test('S28: a ticket of the only process is good for 30 seconds', async () => {
  let nowMs = 1_000;
  const tickets = createOwnTickets(() => nowMs);
  const [early, late] = [await tickets.issue(actor), await tickets.issue(actor)];
  nowMs += 29_999;
  expect(await tickets.redeem(early.ticket)).toEqual(holder);
  nowMs += 2;
  expect(await tickets.redeem(late.ticket)).toBeUndefined();
});
