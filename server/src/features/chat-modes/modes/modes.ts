import type { ChatMode } from '../../conversations/index.ts';

export interface ModeDescription {
  id: ChatMode;
  title: string;
  /** One sentence for a person. */
  about: string;
  /** What is left of it without a model. */
  withoutModel: string;
  /** It looks things up on the web where the person wants that. */
  usesWeb: boolean;
}

/** Every way to be answered, in the order of the menu. */
export const modes: readonly ModeDescription[] = [
  {
    id: 'simple',
    title: 'Simple',
    about: 'One model answers at once, from your documents where you chose some.',
    withoutModel: 'No model is connected: answers are quotations from your documents.',
    usesWeb: true,
  },
  {
    id: 'router',
    title: 'Smart router',
    about:
      'Judges the question first: easy ones are answered directly, hard ones get a plan, tools, checks and a second look.',
    withoutModel:
      'No model is connected: nothing can be judged, planned or done with tools, so answers are quotations from your documents.',
    usesWeb: true,
  },
  {
    id: 'experts',
    title: 'Expert group',
    about:
      'A project manager gives parts of the question to experts of your choice; you see what each says, and a summary.',
    withoutModel:
      'No model is connected: no expert can be asked, so answers are quotations from your documents.',
    usesWeb: true,
  },
  {
    id: 'socratic',
    title: 'Socratic',
    about: 'Leads you to your own answer with one question at a time; tells it when you ask plainly twice.',
    withoutModel:
      'No model is connected: no questions can be asked back, so answers are quotations from your documents.',
    usesWeb: false,
  },
  {
    id: 'fast',
    title: 'Fast conversation',
    about: 'A short answer at once, while a deeper look goes on; what that adds or corrects comes below it.',
    withoutModel:
      'No model is connected: there is no second, deeper look, so answers are quotations from your documents.',
    usesWeb: true,
  },
];
