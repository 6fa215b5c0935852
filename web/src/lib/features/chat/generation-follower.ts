import type { Message } from '@aiwfe/api-client';
import { type ApiProblem, openEventStream, session } from '#lib/api/index.ts';
import {
  applyGenerationEvent,
  emptyGeneration,
  type GenerationView,
  toGenerationEvent,
} from './generation-view.ts';

export interface GenerationListener {
  onView: (view: GenerationView) => void;
  onConnection: (isBroken: boolean) => void;
  onEnd: (message: Message) => void;
  onRefused: (problem: ApiProblem) => void;
}

/** Runs `work` before the next paint; a hidden page does not paint, there it runs soon. */
function beforeNextPaint(work: () => void): void {
  if (document.hidden) setTimeout(work, 100);
  else requestAnimationFrame(work);
}

/**
 * Follows one generation from its first event until its end and reports at most once per painted frame. The text
 * is built from the events alone, so a reload, a second tab and a mended connection all show the same.
 */
export function followGeneration(generationId: string, listener: GenerationListener): () => void {
  let view = emptyGeneration;
  let isScheduled = false;
  let isClosed = false;
  const publish = () => {
    isScheduled = false;
    if (!isClosed) listener.onView(view);
  };
  const stream = openEventStream({
    path: `/generations/${generationId}/events`,
    endTypes: ['end'],
    refresh: () => session.refresh(),
    onSessionEnded: () => session.ended(),
    onState: (state) => listener.onConnection(state === 'reconnecting'),
    onRefused: (problem) => listener.onRefused(problem),
    onEvent: (type, data, seq) => {
      const event = toGenerationEvent(type, data, seq);
      if (!event) return;
      view = applyGenerationEvent(view, event);
      if (view.message) {
        isClosed = true;
        listener.onEnd(view.message);
      } else if (!isScheduled) {
        isScheduled = true;
        beforeNextPaint(publish);
      }
    },
  });
  return () => {
    isClosed = true;
    stream.close();
  };
}
