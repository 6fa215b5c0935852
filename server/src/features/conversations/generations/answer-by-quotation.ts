import type { AnswerAttempt } from './answer-attempt.ts';
import { coded, count } from './coded-texts.ts';
import type { ExtractiveAnswers, FoundPassage } from './generation-ports.ts';

const withoutDocuments = [
  'No language model is connected, so I cannot write an answer of my own, and this conversation has no documents to look into.',
  '',
  'What I can do without a model: answer with quotations from your documents. Choose all documents, a collection or single documents for this conversation and ask again.',
  '',
  'To get written answers, connect a model under Settings → Models: Ollama or any OpenAI-compatible server.',
].join('\n');

/** Answers with quotations from the documents, or says plainly what is possible without documents and model. */
export async function answerByQuotation(
  extracts: ExtractiveAnswers,
  attempt: AnswerAttempt,
  passages: FoundPassage[],
): Promise<void> {
  const { task, signal, steps, writer } = attempt;
  if (task.scope.kind === 'none' && passages.length === 0) {
    await writer.text('delta', withoutDocuments);
    return;
  }
  const answer = await steps.run(
    { id: 'extract', kind: 'extract', title: 'Choose quotations' },
    () => extracts.answer({ ownerId: task.owner_id, question: task.question, passages, signal }),
    ({ citations: { length } }) => coded('quotations', count(length, 'quotation'), { count: length }),
  );
  attempt.citations = answer.citations;
  writer.push({ type: 'sources', data: { citations: answer.citations } });
  await writer.text('delta', answer.text);
}
