import { expect, it } from 'vitest';
import { defineError } from '../../../platform/errors.ts';
import type { AnswerAttempt, AnswerServices } from './answer-attempt.ts';
import { answerByModel } from './answer-by-model.ts';
import type { ChatModel, ChatPart } from './generation-ports.ts';
import { createNoticeRecorder } from './notices.ts';
import { createStepRecorder } from './step-recorder.ts';

const model = (name: string): ChatModel => {
  return { providerId: name, providerKind: 'ollama', model: name, label: name, contextTokens: null };
};
const described = { provider_kind: 'ollama' as const, model: 'big', label: 'big' };
const Busy = defineError('models.timeout', 504, 'Busy', 'Busy.');
const because = { code: 'models.refused', detail: 'big refused.' };
const finish: ChatPart = { type: 'finish', reason: 'stop', usage: null };

/** Answers by what each try of the model brings; an error ends a try. */
async function answer(tries: (ChatPart | Error)[][]): Promise<AnswerAttempt> {
  let text = '';
  const push = (): void => undefined;
  const say = (_: string, more: string): void => {
    text += more;
  };
  const writer = { push, text: say, rewind: push, flush: async () => undefined, answer: () => text };
  const attempt = {
    task: { id: 'g', owner_id: 'o', question: 'Why?' },
    attempt: 1,
    signal: new AbortController().signal,
    writer,
    steps: createStepRecorder(writer),
    notices: createNoticeRecorder(writer),
    model: described,
  } as unknown as AnswerAttempt;
  const models = {
    isRetryable: () => true,
    async *streamChat() {
      for (const part of tries.shift() ?? []) {
        if (part instanceof Error) throw part;
        yield part;
      }
    },
  };
  const history = { items: [], hasMore: false };
  await answerByModel({ models } as unknown as AnswerServices, attempt, {
    model: model('big'),
    history,
    passages: [],
  });
  return attempt;
}

it('says which model stood in, and that it is the one that answered', async () => {
  const { notices, model: answering } = await answer([
    [{ type: 'fallback', model: model('small'), because }, { type: 'text', text: 'So.' }, finish],
  ]);
  expect(answering).toMatchObject({ model: 'small' });
  expect(notices.notices()).toEqual([
    {
      code: 'conversations.other_model',
      params: { because: 'big refused.', because_code: 'models.refused', model: 'small' },
      detail: 'big refused. small answers instead.',
    },
  ]);
});

it('says nothing of a model that stood in before another try in which none did', async () => {
  const { notices, model: answering } = await answer([
    [{ type: 'fallback', model: model('small'), because }, Busy.with()],
    [{ type: 'text', text: 'So.' }, finish],
  ]);
  expect(answering).toEqual(described);
  expect(notices.notices()).toEqual([]);
});
