import { ApiProblem, ConnectionProblem } from '../api/api-problem.ts';
import { t } from './translate.svelte.ts';

export interface DescribedError {
  /** What happened. */
  title: string;
  /** What to do. */
  text: string;
  requestId: string | null;
}

/** What happened and what to do, in words, for anything that was thrown. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof ConnectionProblem) {
    const title = {
      offline: t('ui.error.offline_title'),
      timeout: t('ui.error.timeout_title'),
      network: t('ui.error.network_title'),
    }[error.reason];
    return { title, text: t('ui.error.connection_text'), requestId: null };
  }
  if (error instanceof ApiProblem) {
    return { ...describeProblem(error), requestId: error.requestId };
  }
  return { title: t('ui.error.page_title'), text: t('ui.error.page_text'), requestId: null };
}

function describeProblem(problem: ApiProblem): { title: string; text: string } {
  if (problem.status === 404) {
    return { title: t('ui.error.not_found_title'), text: problem.text || t('ui.error.not_found_text') };
  }
  if (problem.status === 403) {
    return { title: t('ui.error.forbidden_title'), text: problem.text || t('ui.error.forbidden_text') };
  }
  if (problem.status === 429) {
    return { title: t('ui.error.throttled_title'), text: problem.text || t('ui.error.throttled_text') };
  }
  if (problem.status >= 500) {
    return { title: t('ui.error.server_title'), text: problem.text || t('ui.error.server_text') };
  }
  return { title: t('ui.error.refused_title'), text: problem.text || t('ui.error.refused_text') };
}
