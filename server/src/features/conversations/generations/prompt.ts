import {
  fitHistory,
  fitSources,
  formatSources,
  messageTokens,
  promptBudget,
  sourceRules,
} from '../../../platform/models/prompt-context.ts';
import type { Message } from '../conversations.schemas.ts';
import type { ChatMessage, FoundPassage } from './generation-ports.ts';

export interface Prompt {
  messages: ChatMessage[];
  /** The passages that found room, in the order of their numbers, from 1. */
  passages: FoundPassage[];
  estimatedTokens: number;
  /** Earlier messages that found no room. */
  omittedMessages: number;
  /** The question alone is longer than the model can read. */
  questionTooLarge: boolean;
}

const withoutSources = [
  'You are a careful assistant. Answer in the language of the question, in Markdown.',
  'Say plainly when you do not know something. Do not invent sources.',
].join('\n');

const withSources = `${withoutSources}\n${sourceRules}`;

/**
 * Builds what the model reads: instructions, numbered sources, as much history as fits (newest first), the question.
 * The question is never dropped; sources take at most half of the window, history what is left.
 */
export function buildPrompt(options: {
  question: string;
  history: Pick<Message, 'role' | 'content' | 'status'>[];
  /** Earlier messages that were not even read. */
  unreadHistory: boolean;
  passages: FoundPassage[];
  contextTokens: number | null;
}): Prompt {
  const budget = promptBudget(options.contextTokens);
  const questionTokens = messageTokens(options.question);
  const passages = fitSources(
    options.passages,
    Math.min(budget / 2, budget - questionTokens - messageTokens(withSources)),
  );
  const numbered = passages.map((source, index) => ({ number: index + 1, source }));
  const system = passages.length > 0 ? `${withSources}\n\n${formatSources(numbered)}` : withoutSources;
  const used = questionTokens + messageTokens(system);
  const usable = options.history.filter((message) => message.content !== '');
  const kept = fitHistory(usable, budget - used);
  const messages: ChatMessage[] = [
    { role: 'system', content: system },
    ...kept.map(({ role, content }) => ({ role, content })),
    { role: 'user', content: options.question },
  ];
  return {
    messages,
    passages,
    estimatedTokens: messages.reduce((sum, message) => sum + messageTokens(message.content), 0),
    omittedMessages: usable.length - kept.length + (options.unreadHistory ? 1 : 0),
    questionTooLarge: questionTokens > budget,
  };
}
