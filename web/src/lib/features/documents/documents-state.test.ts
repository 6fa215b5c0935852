import type { Document } from '@aiwfe/api-client';
import { expect, it, vi } from 'vitest';
import { DocumentsState } from './documents-state.svelte.ts';

const server = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock('#lib/api/index.ts', () => ({ api: server, ApiProblem: class extends Error {} }));

const inState = (state: string) => ({ id: 'd1', name: 'facts.txt', state }) as Document;

it('shows what was asked for last, in whatever order the answers come', async () => {
  const answers = [Promise.withResolvers<Document>(), Promise.withResolvers<Document>()] as const;
  server.get.mockReturnValueOnce(answers[0].promise).mockReturnValueOnce(answers[1].promise);
  const list = new DocumentsState();
  const readings = [list.refresh('d1'), list.refresh('d1')];
  answers[1].resolve(inState('ready'));
  await readings[1];
  answers[0].resolve(inState('extracting'));
  await readings[0];
  expect(list.items).toEqual([inState('ready')]);
});
