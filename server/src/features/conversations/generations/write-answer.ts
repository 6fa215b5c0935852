import type { AnsweringModel } from '../conversations.schemas.ts';
import { listBranch } from '../messages.queries.ts';
import type { AnswerAttempt, AnswerServices } from './answer-attempt.ts';
import { answerByModel } from './answer-by-model.ts';
import { answerByQuotation } from './answer-by-quotation.ts';
import type { ChatModel, FoundPassage } from './generation-ports.ts';

const maxPassages = 8;
/** More than fits into most windows; what is older is not even read. */
const maxHistoryMessages = 100;

/**
 * Writes an answer: chooses the model, finds passages, asks the model or quotes. Throws declared errors (`models.*` and
 * others) and whatever its signal was aborted with.
 */
export async function writeAnswer(services: AnswerServices, attempt: AnswerAttempt): Promise<void> {
  const { task, writer } = attempt;
  const [model, history] = await Promise.all([
    services.models.resolve('chat', task.model),
    task.question_parent_id === null
      ? { items: [], hasMore: false }
      : listBranch(services.db, {
          conversationId: task.conversation_id,
          leafId: task.question_id,
          limit: maxHistoryMessages,
          exclusive: true,
        }),
  ]);
  attempt.signal.throwIfAborted();
  attempt.model = describeModel(model);
  const started = { attempt: attempt.attempt, message_id: task.message_id, model: attempt.model };
  writer.push({ type: 'started', data: started });
  const passages = await findPassages(services, attempt);
  if (model.providerKind === 'builtin') await answerByQuotation(services.extracts, attempt, passages);
  else await answerByModel(services, attempt, { model, history, passages });
  await writer.flush();
}

function describeModel(model: ChatModel): AnsweringModel {
  return { provider_kind: model.providerKind, model: model.model, label: model.label };
}

async function findPassages(services: AnswerServices, attempt: AnswerAttempt): Promise<FoundPassage[]> {
  const { task, signal, steps } = attempt;
  if (task.scope.kind === 'none') return [];
  return steps.run(
    { id: 'retrieve', kind: 'retrieve', title: 'Search in your documents' },
    () =>
      services.passages.search({
        ownerId: task.owner_id,
        query: task.question,
        scope: task.scope,
        limit: maxPassages,
        signal,
      }),
    (found) => describePassages(found),
  );
}

function describePassages(passages: FoundPassage[]): string {
  if (passages.length === 0) return 'nothing found';
  const documents = new Set(passages.map((passage) => passage.document_id)).size;
  const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
  return `${count(passages.length, 'passage')} from ${count(documents, 'document')}`;
}
