import type {
  AnsweringModel,
  Citation,
  CodedError,
  GenerationEvents,
  Message,
  Notice,
  Step,
} from '@aiwfe/api-client';

/** What the events of one generation add up to so far. */
export interface GenerationView {
  lastSeq: number;
  attempt: number;
  model: AnsweringModel | null;
  text: string;
  thinking: string;
  steps: Step[];
  citations: Citation[];
  notices: Notice[];
  /** Why the answer was begun again, when it was. */
  restart: CodedError | null;
  /** The stored message; set once, by the end. */
  message: Message | null;
}

export type GenerationEvent = {
  [Type in keyof GenerationEvents]: { seq: number; type: Type; data: GenerationEvents[Type] };
}[keyof GenerationEvents];

export const emptyGeneration: GenerationView = {
  lastSeq: 0,
  attempt: 1,
  model: null,
  text: '',
  thinking: '',
  steps: [],
  citations: [],
  notices: [],
  restart: null,
  message: null,
};

const EVENT_TYPES = new Set([
  'started',
  'restarted',
  'step',
  'step_text',
  'sources',
  'thinking',
  'delta',
  'rewound',
  'notice',
  'end',
]);

/** The event as a typed value, or undefined for a type this version does not know. */
export function toGenerationEvent(
  type: string,
  data: unknown,
  seq: number | null,
): GenerationEvent | undefined {
  if (seq === null || !EVENT_TYPES.has(type)) return undefined;
  return { seq, type, data } as GenerationEvent;
}

function upsertStep(steps: Step[], step: Step): Step[] {
  return steps.some((known) => known.id === step.id)
    ? steps.map((known) => (known.id === step.id ? step : known))
    : [...steps, step];
}

/** The steps with `text` at the end of what one of them has said so far. */
function appendStepText(steps: Step[], { id, text }: GenerationEvents['step_text']): Step[] {
  return steps.map((known) => (known.id === id ? { ...known, text: (known.text ?? '') + text } : known));
}

/** The view after one more event. Events already counted (by number) and events after the end change nothing. */
export function applyGenerationEvent(view: GenerationView, event: GenerationEvent): GenerationView {
  if (event.seq <= view.lastSeq || view.message) return view;
  const next = { ...view, lastSeq: event.seq };
  switch (event.type) {
    case 'started':
      return { ...next, attempt: event.data.attempt, model: event.data.model };
    case 'restarted': {
      const { attempt, code, reason } = event.data;
      const restart = { code, detail: reason };
      return { ...emptyGeneration, lastSeq: event.seq, attempt, model: view.model, restart };
    }
    case 'step':
      return { ...next, steps: upsertStep(view.steps, event.data) };
    case 'step_text':
      return { ...next, steps: appendStepText(view.steps, event.data) };
    case 'sources':
      return { ...next, citations: event.data.citations };
    case 'thinking':
      return { ...next, thinking: view.thinking + event.data.text };
    case 'delta':
      return { ...next, text: view.text + event.data.text };
    case 'rewound':
      return { ...next, text: event.data.text };
    case 'notice':
      return { ...next, notices: [...view.notices, event.data] };
    case 'end':
      return { ...next, message: event.data.message };
  }
}

/** The message to show while its generation runs: the stored row with what the events say so far. */
export function withGeneration(message: Message, view: GenerationView): Message {
  if (view.message) return view.message;
  const { text, steps, citations, notices } = view;
  return { ...message, content: text, steps, citations, notices, model: view.model ?? message.model };
}
