import type { StreamEvent } from '../../../platform/events/event-log.ts';
import type { AnsweringModel, Citation, Step } from '../conversations.schemas.ts';

/** What a viewer of a stream has in hand: the result of applying its events in order. */
export interface ReplayedAnswer {
  text: string;
  steps: Step[];
  citations: Citation[];
  model: AnsweringModel | null;
}

/** Applies the events of a generation in order; `restarted` discards what came before it. */
export function replayAnswer(events: Iterable<Pick<StreamEvent, 'type' | 'data'>>): ReplayedAnswer {
  const texts: string[] = [];
  const steps = new Map<string, Step>();
  let citations: Citation[] = [];
  let model: AnsweringModel | null = null;
  for (const { type, data } of events) {
    if (type === 'restarted') {
      texts.length = 0;
      steps.clear();
      citations = [];
    } else if (type === 'started') model = (data as { model: AnsweringModel }).model;
    else if (type === 'delta') texts.push((data as { text: string }).text);
    else if (type === 'step') steps.set((data as Step).id, data as Step);
    else if (type === 'sources') ({ citations } = data as { citations: Citation[] });
  }
  return { text: texts.join(''), steps: [...steps.values()], citations, model };
}
