import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { ProblemError } from '../../../platform/errors.ts';
import { EmptyAnswer } from '../conversations.errors.ts';
import type { CodedText } from '../conversations.schemas.ts';
import type { Branch } from '../messages.queries.ts';
import type { AnswerAttempt, AnswerServices } from './answer-attempt.ts';
import { coded, count, reason } from './coded-texts.ts';
import type { ChatMessage, ChatModel, FoundPassage } from './generation-ports.ts';
import { otherModelCode, tryingAgainCode } from './notices.ts';
import { buildPrompt, type Prompt } from './prompt.ts';
import { provisionalCitations } from './provisional-citations.ts';

const maxTries = 3;
const firstRetryDelayMs = 500;
const maxBusyMs = 5;

interface ModelTask {
  model: ChatModel;
  history: Branch;
  passages: FoundPassage[];
}

/** Asks the model and streams what it says. Throws declared errors (`models.*`). */
export async function answerByModel(
  services: AnswerServices,
  attempt: AnswerAttempt,
  { model, history, passages }: ModelTask,
): Promise<void> {
  const { task, writer, steps } = attempt;
  const prompt = await steps.run(
    { id: 'prompt', kind: 'prompt', title: 'Prepare the question' },
    () =>
      buildPrompt({
        question: task.question,
        history: history.items,
        unreadHistory: history.hasMore,
        passages,
        contextTokens: model.contextTokens,
      }),
    describePrompt,
  );
  attempt.sources = prompt.passages;
  if (prompt.passages.length > 0)
    writer.push({ type: 'sources', data: { citations: provisionalCitations(prompt.passages) } });
  announceLimits(attempt, prompt);
  await streamWithRetries(services, attempt, model, prompt.messages);
  if (writer.answer() === '') throw EmptyAnswer.with();
}

function describePrompt(prompt: Prompt): CodedText {
  const messages = prompt.messages.length - 2 || undefined;
  const sources = prompt.passages.length || undefined;
  const tokens = prompt.estimatedTokens;
  const parts = [
    messages && count(messages, 'earlier message'),
    sources && count(sources, 'source'),
    `about ${count(tokens, 'token')}`,
  ];
  return coded('prepared', parts.filter(Boolean).join(', '), { messages, sources, tokens });
}

function announceLimits({ notices }: AnswerAttempt, prompt: Prompt): void {
  if (prompt.omittedMessages > 0) {
    const detail = 'The conversation is longer than the model can read. Its oldest messages were left out.';
    notices.say(coded('conversations.history_cut', detail));
  }
  if (prompt.questionTooLarge) {
    const detail =
      'The question alone is longer than the model is known to read. It may overlook parts of it.';
    notices.say(coded('conversations.question_exceeds_context', detail));
  }
}

/** Tries again before the first word only, only where that can help, and says so; afterwards a failure is a failure. */
async function streamWithRetries(
  services: AnswerServices,
  attempt: AnswerAttempt,
  model: ChatModel,
  messages: ChatMessage[],
): Promise<void> {
  const first = attempt.model;
  for (let tryNumber = 1; ; tryNumber++) {
    const progress = { began: false };
    try {
      return await stream(services, attempt, { model, messages, progress });
    } catch (error) {
      const mayRetry = !progress.began && !attempt.signal.aborted && tryNumber < maxTries;
      if (!mayRetry || !(error instanceof ProblemError) || !services.models.isRetryable(error)) throw error;
      announceRetry(attempt, error, tryNumber + 1);
      attempt.model = first;
      await delay(retryDelayMs(error, tryNumber), undefined, { signal: attempt.signal });
    }
  }
}

function announceRetry({ notices }: AnswerAttempt, error: ProblemError, tryNumber: number): void {
  const detail = `${error.detail} Trying again (${tryNumber} of ${maxTries}).`;
  notices.say(coded(tryingAgainCode, detail, { ...reason(error), try: tryNumber, tries: maxTries }));
}

function retryDelayMs(error: ProblemError, tryNumber: number): number {
  const asked = error.retryAfterSeconds === undefined ? 0 : Math.min(error.retryAfterSeconds, 30) * 1_000;
  return Math.max(asked, firstRetryDelayMs * 2 ** (tryNumber - 1));
}

async function stream(
  services: AnswerServices,
  attempt: AnswerAttempt,
  request: { model: ChatModel; messages: ChatMessage[]; progress: { began: boolean } },
): Promise<void> {
  const { writer } = attempt;
  const waiting = createWaitingStep(attempt);
  const parts = services.models.streamChat({
    model: request.model,
    messages: request.messages,
    signal: attempt.signal,
    ownerId: attempt.task.owner_id,
    idempotencyKey: attempt.task.id,
  });
  let lastTurn = performance.now();
  for await (const part of parts) {
    if (part.type === 'waiting') {
      waiting.moved(part.position);
      continue;
    }
    waiting.ended();
    if (part.type === 'fallback') {
      announceFallback(attempt, part.model, part.because);
      continue;
    }
    if (part.type === 'finish') {
      attempt.usage = part.usage;
      if (part.reason === 'length') announceCut(attempt);
      continue;
    }
    const text = writer.text(part.type === 'text' ? 'delta' : 'thinking', part.text);
    if (text) await text;
    // The first word is stored and on its way to its readers before the next ones are looked at.
    if (!request.progress.began) await writer.flush();
    else if (performance.now() - lastTurn < maxBusyMs) continue;
    request.progress.began = true;
    // A model that is faster than we are must not keep everybody else waiting.
    await nextTurn();
    lastTurn = performance.now();
  }
}

/** Shown only to those who have to wait. */
function createWaitingStep({ steps }: AnswerAttempt): { moved(position: number): void; ended(): void } {
  const step = { id: 'wait', kind: 'wait' as const, title: 'Wait for the model' };
  const began = performance.now();
  let isWaiting = false;
  return {
    moved(position) {
      isWaiting = true;
      const detail =
        position === 1
          ? coded('next_in_line', 'next in line')
          : coded('place_in_line', `place ${position} in line`, { place: position });
      steps.show({ ...step, state: 'running', ...detail, duration_ms: null });
    },
    ended() {
      if (!isWaiting) return;
      isWaiting = false;
      const durationMs = Math.round(performance.now() - began);
      steps.show({ ...step, state: 'done', detail: null, duration_ms: durationMs });
    },
  };
}

function announceFallback(
  attempt: AnswerAttempt,
  model: ChatModel,
  because: { code: string; detail: string },
): void {
  attempt.model = { provider_kind: model.providerKind, model: model.model, label: model.label };
  const detail = `${because.detail} ${model.label} answers instead.`;
  attempt.notices.say(coded(otherModelCode, detail, { ...reason(because), model: model.label }));
}

function announceCut({ notices }: AnswerAttempt): void {
  const detail = 'The model reached its limit of words. Ask it to go on.';
  notices.say(coded('conversations.answer_cut', detail));
}
