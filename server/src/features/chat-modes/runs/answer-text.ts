import type { ModeEvent } from '../../conversations/index.ts';
import type { AnswerPart } from '../../workflows/index.ts';

type TextEvent = Extract<ModeEvent, { type: 'answer' | 'rewound' }>;

const rule = '\n\n---\n\n';

/**
 * The answer as viewers see it while steps of a run write it. Text on its way is a courtesy: what a step has stored in the
 * end is what counts, and the text is put right where it differs.
 */
export class AnswerText {
  #shown = '';
  /** The step that is writing: what was there before it, and what stands in front of its own words. */
  #writing: { step: number; before: string; head: string } | undefined;

  get isEmpty(): boolean {
    return this.#shown.trim() === '';
  }

  /** The run has ended, and this is the answer. */
  set(text: string): TextEvent[] {
    return this.#becomes(text);
  }

  /** A step has written more. */
  write(step: number, part: AnswerPart, text: string): TextEvent[] {
    const began = this.#begin(step, part);
    this.#shown += text;
    return [...began, { type: 'answer', text }];
  }

  /** A step has ended with this text. */
  settle(step: number, part: AnswerPart, text: string): TextEvent[] {
    if (text.trim() === '') return this.undo(step);
    const began = this.#begin(step, part);
    const whole = `${this.#writing?.head ?? ''}${text}`;
    this.#writing = undefined;
    return [...began, ...this.#becomes(whole)];
  }

  /** A step has failed or begins again: its words are taken back. */
  undo(step: number): TextEvent[] {
    if (this.#writing?.step !== step) return [];
    const { before } = this.#writing;
    this.#writing = undefined;
    return this.#becomes(before);
  }

  /** An answer takes the place of one before it once its first word is there. */
  #begin(step: number, part: AnswerPart): TextEvent[] {
    if (this.#writing?.step === step) return [];
    const before = this.#shown;
    const head = part === 'amend' && before !== '' ? `${before}${rule}` : '';
    this.#writing = { step, before, head };
    return this.#becomes(head);
  }

  #becomes(text: string): TextEvent[] {
    const shown = this.#shown;
    this.#shown = text;
    if (text === shown) return [];
    if (text.startsWith(shown)) return [{ type: 'answer', text: text.slice(shown.length) }];
    return [{ type: 'rewound', text }];
  }
}
