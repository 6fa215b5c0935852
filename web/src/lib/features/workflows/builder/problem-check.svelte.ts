import type { WorkflowDefinition, WorkflowNode, WorkflowProblem } from '@aiwfe/api-client';
import { ApiProblem, api } from '#lib/api/index.ts';
import { fieldProblemText } from '#lib/messages/refusals.ts';
import { t } from '#lib/messages/translate.svelte.ts';
import { isMissing, problemWords } from './problem-words.ts';

const pauseMs = 300;

/** What is wrong with a drawing, asked from the server when the pen rests. */
export class ProblemCheck {
  problems = $state.raw<readonly WorkflowProblem[]>([]);
  isChecking = $state(false);
  readonly byNode = $derived(Map.groupBy(this.problems, (problem) => problem.node_id ?? ''));
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;

  constructor(known: readonly WorkflowProblem[]) {
    this.problems = known;
  }

  /** The problems of one setting of a step, in sentences. */
  ofField({ id, type }: Pick<WorkflowNode, 'id' | 'type'>, field: string): string | undefined {
    const own = this.byNode.get(id) ?? [];
    const found = own.filter((one) => one.field === field || one.field?.startsWith(`${field}.`));
    if (found.length === 0) return undefined;
    return found
      .map((one) =>
        one.field === field && isMissing(one) ? t('workflow_builder.missing') : problemWords(one, type),
      )
      .join(' ');
  }

  /** Asks soon; for `$effect`, which calls the returned function. */
  follow(definition: WorkflowDefinition): () => void {
    clearTimeout(this.#timer);
    this.isChecking = true;
    this.#timer = setTimeout(() => void this.#ask(definition), pauseMs);
    return () => {
      clearTimeout(this.#timer);
      this.#asking?.abort();
    };
  }

  async #ask(definition: WorkflowDefinition): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const options = { signal: asking.signal };
      const answer = await api.post<{ problems: WorkflowProblem[] }>(
        '/workflows/validate',
        { definition },
        options,
      );
      this.problems = answer.problems;
    } catch (error) {
      if (asking.signal.aborted) return;
      // A shape that the server does not even read is a problem of the drawing; without an answer the old ones stay.
      if (error instanceof ApiProblem && error.status < 500) this.problems = problemsOfRefusal(error);
    } finally {
      if (this.#asking === asking) this.isChecking = false;
    }
  }
}

function problemsOfRefusal({ code, text, fields }: ApiProblem): WorkflowProblem[] {
  if (fields.length === 0) return [{ code, node_id: null, field: null, detail: text }];
  return fields.map((one) => ({
    code,
    node_id: null,
    field: one.field,
    detail: `${one.field}: ${fieldProblemText(one)}`,
  }));
}
