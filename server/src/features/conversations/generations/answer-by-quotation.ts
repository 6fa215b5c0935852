import type { CodedText } from '../conversations.schemas.ts';
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

/** What an answer begins with that is neither a model's nor a document's, so that pages can say it in the person's language. */
const serverWords = (words: string, text: string): CodedText =>
  coded('conversations.server_words', text, { words });

/** Answers with quotations from the documents, or says plainly what is possible without documents and model. */
export async function answerByQuotation(
  extracts: ExtractiveAnswers,
  attempt: AnswerAttempt,
  passages: FoundPassage[],
): Promise<void> {
  const { task, signal, steps, writer, notices } = attempt;
  if (task.scope.kind === 'none' && passages.length === 0) {
    notices.say(serverWords('nothing_to_quote', withoutDocuments));
    await writer.text('delta', withoutDocuments);
    return;
  }
  const answer = await steps.run(
    { id: 'extract', kind: 'extract', title: 'Choose quotations' },
    () => extracts.answer({ ownerId: task.owner_id, question: task.question, passages, signal }),
    ({ citations: { length } }) => coded('quotations', count(length, 'quotation'), { count: length }),
  );
  attempt.citations = answer.citations;
  notices.say(serverWords(answer.label.code, answer.label.text));
  writer.push({ type: 'sources', data: { citations: answer.citations } });
  await writer.text('delta', answer.text);
}
