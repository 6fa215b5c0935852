import { describeError } from '#lib/messages/describe-error.ts';
import { t } from '#lib/messages/translate.svelte.ts';
import { toast } from '#lib/ui/index.ts';

/** Says in a toast what went wrong. */
export function reportProblem(error: unknown): void {
  const { title, text } = describeError(error);
  toast.show({ text: `${title}. ${text}`, tone: 'danger' });
}

/** Runs what a person started; when it fails they are told, and the answer is undefined. */
export async function attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    reportProblem(error);
    return undefined;
  }
}

/** Shows for 10 s how to take something back. */
export function offerUndo(text: string, undo: () => Promise<void>): void {
  toast.show({ text, action: { label: t('ui.undo'), run: () => attempt(undo) } });
}
