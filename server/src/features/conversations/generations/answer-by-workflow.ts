import { defineError, restoreProblem } from '../../../platform/errors.ts';
import type { Branch } from '../messages.queries.ts';
import type { AnswerAttempt, AnswerServices } from './answer-attempt.ts';
import { coded } from './coded-texts.ts';
import type { ModeEvent, ModeTask } from './generation-ports.ts';
import { noteRun } from './generations.queries.ts';
import { provisionalCitations } from './provisional-citations.ts';

/** More than small models read; all of it is stored with the run. */
const maxHistoryCharacters = 60_000;

/** The run was cancelled from outside: by the person, on its own page. */
export const RunCancelled = defineError('conversations.run_cancelled', 409, 'Cancelled');

/**
 * Lets the workflow of a chat mode write the answer and shows what its run says. The run goes on by itself when this
 * process dies; the next attempt follows the same run again from its beginning. Throws what the run failed with, and
 * `conversations.run_cancelled`.
 */
export async function answerByWorkflow(
  services: AnswerServices,
  attempt: AnswerAttempt,
  history: Branch,
): Promise<void> {
  const { task, signal } = attempt;
  const { items, isCut } = shorten(history);
  if (isCut) {
    const detail = 'The conversation is longer than this mode reads. Its oldest messages were left out.';
    attempt.notices.say(coded('conversations.history_cut', detail));
  }
  const runId = await services.modes.start({
    generationId: task.id,
    conversationId: task.conversation_id,
    ownerId: task.owner_id,
    mode: task.mode,
    question: task.question,
    history: items,
    scope: task.scope,
    webSearch: task.web_search,
    model: task.model,
  });
  await noteRun(services.db, task, runId);
  for await (const event of services.modes.follow(runId, task.mode, signal)) {
    const end = await show(attempt, event);
    if (end) return finish(attempt, end);
  }
  signal.throwIfAborted();
  throw RunCancelled.with();
}

async function show(
  attempt: AnswerAttempt,
  event: ModeEvent,
): Promise<(ModeEvent & { type: 'end' }) | undefined> {
  const { writer, steps, notices } = attempt;
  switch (event.type) {
    case 'step':
      steps.show(event.step);
      break;
    case 'step_text':
      steps.say(event.id, event.text);
      break;
    case 'answer':
      await writer.text('delta', event.text);
      break;
    case 'rewound':
      writer.rewind(event.text);
      break;
    case 'sources':
      attempt.sources = event.passages;
      writer.push({ type: 'sources', data: { citations: provisionalCitations(event.passages) } });
      break;
    case 'model':
      attempt.model = event.model;
      break;
    case 'notice':
      notices.say(event.notice);
      break;
    case 'end':
      return event;
  }
  return undefined;
}

function finish(attempt: AnswerAttempt, { status, error, usage }: ModeEvent & { type: 'end' }): void {
  attempt.usage = usage;
  if (status === 'cancelled') throw RunCancelled.with();
  if (error) throw restoreProblem(error);
}

/** The newest messages that find room, oldest first; it begins with a question. */
function shorten({ items, hasMore }: Branch): { items: ModeTask['history']; isCut: boolean } {
  const usable = items.filter(({ content }) => content !== '');
  let left = maxHistoryCharacters;
  let first = usable.length;
  for (; first > 0; first -= 1) {
    left -= usable[first - 1]?.content.length ?? 0;
    if (left < 0) break;
  }
  if (usable[first]?.role === 'assistant') first += 1;
  const kept = usable.slice(first).map(({ role, content }) => ({ role, content }));
  return { items: kept, isCut: hasMore || first > 0 };
}
