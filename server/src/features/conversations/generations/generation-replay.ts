import type { StreamEvent } from '../../../platform/events/event-log.ts';
import type { AnsweringModel, Citation, Notice, Step } from '../conversations.schemas.ts';
import { withNotice } from './notices.ts';

/** What a viewer of a stream has in hand: the result of applying its events in order. */
export interface ReplayedAnswer {
  text: string;
  steps: Step[];
  citations: Citation[];
  notices: Notice[];
  model: AnsweringModel | null;
}

/** Whether a step has not ended. */
export function isOpen({ state }: Pick<Step, 'state'>): boolean {
  return state === 'running' || state === 'waiting';
}

function say(steps: Map<string, Step>, { id, text }: { id: string; text: string }): void {
  const step = steps.get(id);
  if (step) steps.set(id, { ...step, text: (step.text ?? '') + text });
}

/** Events of earlier versions have no parameters. */
function toNotice(data: unknown): Notice {
  const { params = {}, ...notice } = data as Omit<Notice, 'params'> & Partial<Notice>;
  return { ...notice, params };
}

/** Applies the events of a generation in order; `restarted` discards what came before it. */
export function replayAnswer(events: Iterable<Pick<StreamEvent, 'type' | 'data'>>): ReplayedAnswer {
  const texts: string[] = [];
  const steps = new Map<string, Step>();
  let citations: Citation[] = [];
  let notices: Notice[] = [];
  let model: AnsweringModel | null = null;
  for (const { type, data } of events) {
    if (type === 'restarted') {
      texts.length = 0;
      steps.clear();
      citations = [];
      notices = [];
    } else if (type === 'rewound') texts.splice(0, texts.length, (data as { text: string }).text);
    else if (type === 'step_text') say(steps, data as { id: string; text: string });
    else if (type === 'started') model = (data as { model: AnsweringModel | null }).model;
    else if (type === 'delta') texts.push((data as { text: string }).text);
    else if (type === 'step') steps.set((data as Step).id, data as Step);
    else if (type === 'notice') notices = withNotice(notices, toNotice(data));
    else if (type === 'sources') ({ citations } = data as { citations: Citation[] });
  }
  return { text: texts.join(''), steps: [...steps.values()], citations, notices, model };
}
