import type { Failure, ProblemError } from '../../../platform/errors.ts';
import type { WebPlace, Why } from '../../retrieval/index.ts';
import type {
  AnsweringModel,
  ChatMode,
  Citation,
  ModelChoice,
  Notice,
  Scope,
  Step,
  Usage,
} from '../conversations.schemas.ts';

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
  /** Others are served first: how many, counting this request. */
  | { type: 'waiting'; position: number }
  /** The model before could not answer; this one is asked now. */
  | { type: 'fallback'; model: ChatModel; because: { code: string; detail: string } }
  | { type: 'finish'; reason: 'stop' | 'length'; usage: Usage | null };

export interface ChatModels {
  /** The model of a slot, or the chosen one. Throws declared errors (`models.*`). */
  resolve(
    slot: 'chat' | 'title',
    choice: ModelChoice | null,
    whose: { ownerId: string; conversationId: string },
  ): Promise<ChatModel>;
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

/** A passage found for a question: in a document, or on the web. */
export interface FoundPassage {
  chunk_id: string | null;
  document_id: string | null;
  document_name: string;
  page_start: number | null;
  start: number;
  end: number;
  heading_path: string[];
  text: string;
  why: Why | null;
  web?: WebPlace | undefined;
}

export interface PassageSearch {
  search(request: {
    ownerId: string;
    query: string;
    scope: Scope;
    limit: number;
    signal: AbortSignal;
  }): Promise<FoundPassage[]>;
  /** How many documents of the scope are still being read, so that nothing of them can be found yet. */
  countUnread(request: { ownerId: string; scope: Scope }): Promise<number>;
  /** The citations of an answer that refers to its sources as `[n]`, each checked verbatim against its document. */
  citationsFromAnswer(request: {
    ownerId: string;
    answer: string;
    passages: FoundPassage[];
  }): Promise<Citation[]>;
}

/** A page found on the web. */
export interface FoundPage {
  title: string;
  url: string;
  /** What the search provider says about it. */
  snippet: string;
  published_at: string | null;
}

/** Search on the web, where administrators have turned it on. */
export interface WebSearch {
  /** Throws declared errors (`web_search.*`). */
  search(request: { ownerId: string; query: string; signal: AbortSignal }): Promise<FoundPage[]>;
  /** The best passage of each page; what cannot be read in time is left out or stands for itself by its summary. */
  passagesOf(request: { question: string; pages: FoundPage[]; signal: AbortSignal }): Promise<FoundPassage[]>;
}

/** Answers by quotation, without a model; they begin with a label in the words of this program. */
export interface ExtractiveAnswers {
  answer(request: {
    ownerId: string;
    question: string;
    passages: FoundPassage[];
    signal: AbortSignal;
  }): Promise<{ text: string; citations: Citation[]; label: { code: string; text: string } }>;
}

/** An answer that is to be written by the workflow of a chat mode. */
export interface ModeTask {
  generationId: string;
  conversationId: string;
  ownerId: string;
  mode: ChatMode;
  question: string;
  /** Oldest first. */
  history: { role: 'user' | 'assistant'; content: string }[];
  scope: Scope;
  webSearch: boolean;
  model: ModelChoice | null;
}

/** What a run says about the answer that it writes, in order. */
export type ModeEvent =
  | { type: 'step'; step: Step }
  /** More of what a step says. */
  | { type: 'step_text'; id: string; text: string }
  /** More of the answer. */
  | { type: 'answer'; text: string }
  /** The answer is exactly this: a step was begun again, or another one writes it. */
  | { type: 'rewound'; text: string }
  | { type: 'sources'; passages: FoundPassage[] }
  | { type: 'model'; model: AnsweringModel }
  | { type: 'notice'; notice: Notice }
  | {
      type: 'end';
      status: 'succeeded' | 'failed' | 'cancelled';
      error: Failure | null;
      usage: Usage;
    };

/** Chat modes that are workflows. */
export interface ChatModeRuns {
  /** Refuses a workflow that the person does not have. Throws `conversations.mode_not_found`. */
  assertUsable(ownerId: string, mode: ChatMode | undefined): Promise<void>;
  /** Starts the run of an answer, or finds the one that was started before. Returns its id. */
  start(task: ModeTask): Promise<string>;
  /** From the beginning to the end or the signal. */
  follow(runId: string, mode: ChatMode, signal: AbortSignal): AsyncIterable<ModeEvent>;
  /** Ends the run of an answer, if there is one and it has not ended. */
  cancel(task: { generationId: string; ownerId: string }): Promise<void>;
  /** What a mode cannot do without a model, in a sentence. */
  withoutModel(mode: ChatMode): string;
}
