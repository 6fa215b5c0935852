import { type ChatModeRuns, type ModeEvent, ModeNotFound, ownWorkflowOf } from '../../conversations/index.ts';
import type { AnswerRuns, ChatWorkflows, RunService } from '../../workflows/index.ts';
import type { ChatModeService } from '../chat-modes.service.ts';
import { drawnMode } from '../modes/drawn-mode.ts';
import { modes } from '../modes/modes.ts';
import { workflowModes } from '../modes/workflow-modes.ts';
import { followRun } from './follow-run.ts';
import { RunView } from './run-view.ts';

export interface ModeRunParts {
  service: Pick<ChatModeService, 'syncWorkflow'>;
  answerRuns: AnswerRuns;
  chatWorkflows: Pick<ChatWorkflows, 'isOwn' | 'fire'>;
  runs: Pick<RunService, 'unscopedFollow' | 'stopQuietly'>;
}

/** Chat modes as the part of the program needs them that writes answers. */
export function createModeRuns({ service, answerRuns, chatWorkflows, runs }: ModeRunParts): ChatModeRuns {
  return {
    async assertUsable(ownerId, mode) {
      const own = mode && ownWorkflowOf(mode);
      if (own !== undefined && !(await chatWorkflows.isOwn(ownerId, own))) throw ModeNotFound.with();
    },

    async start({ generationId, conversationId, ownerId, mode, ...task }) {
      // A run that has begun ends as it began, whatever has been set since.
      const before = await answerRuns.unscopedFind(generationId);
      if (before !== undefined) return before;
      const { question, history, scope, webSearch: web_search, model } = task;
      const asked = { ownerId, input: { question, history }, choice: { scope, web_search, model } };
      const answers = { conversationId, generationId };
      const own = ownWorkflowOf(mode);
      if (own !== undefined) {
        await chatWorkflows.fire(ownerId, own);
        return answerRuns.start({ ...asked, workflowId: own, answers });
      }
      const workflowId = await service.syncWorkflow(ownerId, mode);
      return answerRuns.start({ ...asked, workflowId, answers });
    },

    async *follow(runId, mode, signal): AsyncGenerator<ModeEvent> {
      const definition = await answerRuns.definition(runId);
      const shown = definition && (ownWorkflowOf(mode) ? drawnMode(definition) : workflowModes.get(mode));
      if (!shown) return;
      const view = new RunView(runId, shown, definition, answerRuns);
      yield* followRun({ answerRuns, runs }, runId, view, signal);
    },

    async cancel({ generationId }) {
      const runId = await answerRuns.unscopedFind(generationId);
      if (runId !== undefined) await runs.stopQuietly(runId);
    },

    withoutModel: (mode) => modes.find(({ id }) => id === mode)?.withoutModel ?? '',
  };
}
