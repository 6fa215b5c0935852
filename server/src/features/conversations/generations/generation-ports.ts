import type { ProblemError } from '../../../platform/errors.ts';
import type { Why } from '../../retrieval/index.ts';
import type { AnsweringModel, Citation, ModelChoice, Scope, Usage } from '../conversations.schemas.ts';

/** What answering needs of other parts of the program; `compose.ts` connects it. */

export interface ChatModel {
  providerId: string;
  providerKind: AnsweringModel['provider_kind'];
  model: string;
  label: string;
  /** Tokens that prompt and answer may have together; `null` where the provider does not say. */
  contextTokens: number | null;
}

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export type ChatPart =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'finish'; reason: 'stop' | 'length'; usage: Usage | null };

export interface ChatModels {
  /** The model of a slot, or the chosen one. Throws declared errors (`models.*`). */
  resolve(slot: 'chat' | 'title', choice: ModelChoice | null): Promise<ChatModel>;
  /** Throws declared errors (`models.*`); a stream without a finish part has failed. */
  streamChat(request: {
    model: ChatModel;
    messages: ChatMessage[];
    signal: AbortSignal;
    idempotencyKey: string;
    /** Whose answer it is: waiting requests of different people take turns. */
    ownerId: string;
  }): AsyncIterable<ChatPart>;
  /** Whether the same request may succeed later. */
  isRetryable(error: ProblemError): boolean;
}

/** A passage found for a question. */
export interface FoundPassage {
  chunk_id: string;
  document_id: string;
  document_name: string;
  page_start: number | null;
  start: number;
  end: number;
  heading_path: string[];
  text: string;
  why: Why;
}

export interface PassageSearch {
  search(request: {
    ownerId: string;
    query: string;
    scope: Scope;
    limit: number;
    signal: AbortSignal;
  }): Promise<FoundPassage[]>;
  /** The citations of an answer that refers to its sources as `[n]`, each checked verbatim against its document. */
  citationsFromAnswer(request: {
    ownerId: string;
    answer: string;
    passages: FoundPassage[];
  }): Promise<Citation[]>;
}

/** Answers by quotation, without a model. */
export interface ExtractiveAnswers {
  answer(request: {
    ownerId: string;
    question: string;
    passages: FoundPassage[];
    signal: AbortSignal;
  }): Promise<{ text: string; citations: Citation[] }>;
}
