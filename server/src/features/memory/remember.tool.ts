import { Type } from 'typebox';
import { defineTool } from '../../platform/tools/tool.ts';
import { Content } from './memory.schemas.ts';
import type { MemoryService } from './memory.service.ts';

export const memoryIsOff =
  'The person has not turned memory on (Settings → Memory), so nothing is remembered or recalled.';

/** Keeps a fact about the owner, where they agreed to that. */
export const rememberTool = (memory: Pick<MemoryService, 'isAllowed' | 'rememberFor'>) =>
  defineTool<{ content: string }>({
    name: 'memory.remember',
    title: 'Remember a fact',
    description: 'Keeps a fact about you for later, where you turned memory on.',
    purpose:
      'Keeps one lasting fact about the person, in one sentence that makes sense on its own (“Prefers trains to planes”). Use it when the person asks to remember something or says something about themselves that will matter again; not for what only this conversation is about, and never for passwords or secrets. Answers remembered: false where memory is turned off.',
    input: Type.Object({ content: Content }, { additionalProperties: false }),
    scope: 'memory:write',
    writes: true,
    async run({ ownerId, origin }, { content }) {
      if (!(await memory.isAllowed(ownerId))) return { remembered: false, id: null, note: memoryIsOff };
      const { id, known } = await memory.rememberFor(ownerId, content, origin);
      return { remembered: true, id, note: known ? 'This was remembered already.' : null };
    },
  });
