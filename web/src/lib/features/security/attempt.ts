import { wasCalledOff } from '#lib/api/index.ts';
import { describeError } from '#lib/messages/describe-error.ts';
import { toast } from '#lib/ui/toast.svelte.ts';

/** Does something small; a failure is said in a message. Answers whether it was done. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!wasCalledOff(error)) toast.show({ text: describeError(error).text, tone: 'danger' });
    return false;
  }
}
