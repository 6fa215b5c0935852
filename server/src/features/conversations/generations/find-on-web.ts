import { ProblemError } from '../../../platform/errors.ts';
import type { AnswerAttempt } from './answer-attempt.ts';
import { coded, count, foundResults } from './coded-texts.ts';
import type { FoundPassage, WebSearch } from './generation-ports.ts';

/** Passages from the web, as visible steps. An answer is not lost over a search that fails: that is said instead. */
export async function findOnWeb(web: WebSearch, attempt: AnswerAttempt): Promise<FoundPassage[]> {
  const { task, steps, signal } = attempt;
  const { owner_id: ownerId, question } = task;
  try {
    const pages = await steps.run(
      { id: 'web', kind: 'web', title: 'Search the web' },
      () => web.search({ ownerId, query: question, signal }),
      foundResults,
    );
    if (pages.length === 0) return [];
    return await steps.run(
      { id: 'pages', kind: 'read', title: 'Read the pages found' },
      () => web.passagesOf({ question, pages, signal }),
      (passages) => {
        const read = passages.filter((passage) => passage.web?.read === 'page').length;
        const detail = `${read} of ${count(pages.length, 'page')}`;
        return coded('pages_read', detail, { read, count: pages.length });
      },
    );
  } catch (error) {
    if (!(error instanceof ProblemError) || signal.aborted) throw error;
    attempt.notices.say(coded(error.code, error.detail));
    return [];
  }
}
