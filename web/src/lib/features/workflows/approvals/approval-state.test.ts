import type { Approval } from '@aiwfe/api-client';
import { beforeEach, expect, it, vi } from 'vitest';
import { ApiProblem } from '#lib/api/api-problem.ts';
import { ApprovalState } from './approval-state.svelte.ts';

const server = vi.hoisted(() => ({ get: vi.fn(), post: vi.fn() }));
vi.mock('#lib/api/index.ts', async () => ({
  ...(await import('#lib/api/api-problem.ts')),
  ...(await import('#lib/api/resource.svelte.ts')),
  api: server,
}));
vi.mock('#lib/api/user-feed.svelte.ts', () => ({ userFeed: { subscribe: () => () => undefined } }));
beforeEach(() => void vi.resetAllMocks());

const stored = (status: Approval['status']) => ({ id: 'a', status }) as Approval;

it.each([
  ['workflows.approval_decided', 'rejected', 'decided'],
  ['workflows.run_stopping', 'pending', 'stopped'],
] as const)('a decision refused with %s came too late', async (code, status, tooLate) => {
  server.post.mockRejectedValue(new ApiProblem({ status: 409, code }));
  server.get.mockResolvedValue(stored(status));
  const approval = new ApprovalState('a');
  await approval.decide('approve');
  expect(approval).toMatchObject({ tooLate, problem: null, deciding: null });
  expect(approval.data?.status).toBe(status);
});
