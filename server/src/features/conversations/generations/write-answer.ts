import { DocumentsBeingRead, EmptyAnswer } from '../conversations.errors.ts';
import { type AnsweringModel, type CodedText, ownWorkflowOf } from '../conversations.schemas.ts';
import { type Branch, listBranch } from '../messages.queries.ts';
import type { AnswerAttempt, AnswerServices } from './answer-attempt.ts';
import { answerByModel } from './answer-by-model.ts';
import { answerByQuotation } from './answer-by-quotation.ts';
import { answerByWorkflow } from './answer-by-workflow.ts';
import { coded, count, foundPassages } from './coded-texts.ts';
import { findOnWeb } from './find-on-web.ts';
import type { ChatModel, FoundPassage } from './generation-ports.ts';

const emptyOutput =
  'The workflow ended without an answer. Mark the step whose text is the answer, or give its end an output.';
const maxPassages = 8;
/** More than fits into most windows; what is older is not even read. */
const maxHistoryMessages = 100;

/**
 * Writes an answer: chooses the model, finds passages, asks the model or quotes. Throws declared errors (`models.*` and
 * others) and whatever its signal was aborted with.
 */
export async function writeAnswer(services: AnswerServices, attempt: AnswerAttempt): Promise<void> {
  const { task, writer, notices } = attempt;
  const whose = { ownerId: task.owner_id, conversationId: task.conversation_id };
  const isOwnWorkflow = ownWorkflowOf(task.mode) !== undefined;
  const [model, history] = await Promise.all([
    // Whether a person's own workflow asks a model, and which, is its own matter.
    isOwnWorkflow ? null : services.models.resolve('chat', task.model, whose),
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
  attempt.model = model && describeModel(model);
  const started = { attempt: attempt.attempt, message_id: task.message_id, model: attempt.model };
  writer.push({ type: 'started', data: started });
  if (model === null) return writeByWorkflow(services, attempt, history);
  if (task.mode !== 'simple') {
    if (model.providerKind !== 'builtin') return writeByWorkflow(services, attempt, history);
    const detail = services.modes.withoutModel(task.mode);
    notices.say(coded('conversations.mode_needs_model', detail, { mode: task.mode }));
  }
  const [{ passages: own, unread }, fromWeb] = await Promise.all([
    findPassages(services, attempt),
    task.web_search ? findOnWeb(services.web, attempt) : [],
  ]);
  const passages = inTurn(own, fromWeb);
  if (unread > 0 && passages.length === 0) announceUnread(attempt, unread);
  if (model.providerKind === 'builtin') await answerByQuotation(services.extracts, attempt, passages);
  else await answerByModel(services, attempt, { model, history, passages });
  await writer.flush();
}

async function writeByWorkflow(
  services: AnswerServices,
  attempt: AnswerAttempt,
  history: Branch,
): Promise<void> {
  const { task, writer } = attempt;
  await answerByWorkflow(services, attempt, history);
  const isOwnWorkflow = ownWorkflowOf(task.mode) !== undefined;
  if (writer.answer() === '')
    throw EmptyAnswer.with(isOwnWorkflow ? { detail: emptyOutput, reason: 'workflow' } : {});
  const { owner_id: ownerId, scope } = task;
  if (scope.kind !== 'none' && attempt.sources.length === 0) {
    const unread = await services.passages.countUnread({ ownerId, scope });
    if (unread > 0) announceUnread(attempt, unread);
  }
  await writer.flush();
}

function describeModel(model: ChatModel): AnsweringModel {
  return { provider_kind: model.providerKind, model: model.model, label: model.label };
}

/** Both kinds of sources by turns: a small model may have room for the first few only. */
function inTurn(own: FoundPassage[], fromWeb: FoundPassage[]): FoundPassage[] {
  const longer = Math.max(own.length, fromWeb.length);
  return Array.from({ length: longer }, (_, index) => [own[index], fromWeb[index]])
    .flat()
    .filter((passage) => passage !== undefined);
}

interface Found {
  passages: FoundPassage[];
  /** Documents that are still being read; counted only where nothing was found. */
  unread: number;
}

async function findPassages(services: AnswerServices, attempt: AnswerAttempt): Promise<Found> {
  const { task, signal, steps } = attempt;
  const { owner_id: ownerId, scope } = task;
  if (scope.kind === 'none') return { passages: [], unread: 0 };
  return steps.run(
    { id: 'retrieve', kind: 'retrieve', title: 'Search in your documents' },
    async () => {
      const request = { ownerId, query: task.question, scope, limit: maxPassages, signal };
      const passages = await services.passages.search(request);
      const unread = passages.length > 0 ? 0 : await services.passages.countUnread({ ownerId, scope });
      return { passages, unread };
    },
    describeFound,
  );
}

/** An answer without a model would be empty; a model may know the answer without the documents. */
function announceUnread({ model, notices }: AnswerAttempt, unread: number): void {
  const them = unread === 1 ? 'it is' : 'they are';
  const detail = `${sayUnread(unread)}, so nothing of ${unread === 1 ? 'it' : 'them'} was found. Ask again when ${them} ready.`;
  if (model?.provider_kind === 'builtin')
    throw DocumentsBeingRead.with({ detail, params: { count: unread } });
  notices.say(coded(DocumentsBeingRead.code, detail, { count: unread }));
}

function sayUnread(unread: number): string {
  return `${count(unread, 'document')} ${unread === 1 ? 'is' : 'are'} still being read`;
}

function describeFound({ passages, unread }: Found): CodedText {
  if (unread === 0) return foundPassages(passages);
  return coded('nothing_found_unread', `nothing found, ${sayUnread(unread)}`, { count: unread });
}
