import type { DatabaseTransaction } from '../../platform/database/database.ts';
import type { ResolvedModel, SlotName } from '../../platform/models/index.ts';
import type { DocumentScope } from '../../platform/tools/document-scope.ts';

/** A model that a step may ask. */
export type StepModel = ResolvedModel;

export interface ModelMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChosenModel {
  provider_id: string;
  model: string;
}

/**
 * What a person chose in the conversation that a run answers in. It bounds what every step of the run and of its
 * sub-workflows may look into; the model is for steps that name none.
 */
export interface ConversationChoice {
  scope: DocumentScope;
  web_search: boolean;
  model: ChosenModel | null;
}

export type ModelPart =
  | { type: 'text' | 'thinking'; text: string }
  /** The model before could not answer; this one is asked now. */
  | { type: 'fallback'; model: StepModel }
  | {
      type: 'finish';
      reason: 'stop' | 'length';
      usage: { inputTokens: number; outputTokens: number } | null;
    };

/** For whom and for which job a model is asked. */
export interface ModelJob {
  ownerId: string;
  conversationId: string | null;
  slot: SlotName;
  /** A person's choice for what has no model of its own. */
  preferred: ChosenModel | null;
}

/** How steps ask models, for the owner of the run. */
export interface StepModels {
  /** The chosen model, else that of the job. */
  resolve(job: ModelJob, choice: ChosenModel | null): Promise<StepModel>;
  stream(request: {
    model: StepModel;
    messages: ModelMessage[];
    ownerId: string;
    idempotencyKey: string;
    maxOutputTokens: number;
    temperature: number | undefined;
    /** The answer is to be JSON of this schema; what comes has to be checked all the same. */
    schema: Record<string, unknown> | undefined;
    signal: AbortSignal;
  }): AsyncIterable<ModelPart>;
  estimateTokens(text: string): number;
}

/** Where on the web a passage was found; `passage` is what was read there. */
export interface WebPlace {
  url: string;
  site: string;
  published_at: string | null;
  read_at: string;
  read: 'page' | 'snippet';
  passage: string;
}

/** A passage of a document, or of a page on the web (then without document). */
export interface FoundPassage {
  chunk_id: string | null;
  document_id: string | null;
  document_name: string;
  page: number | null;
  /** In the text of the document or page, in UTF-16 code units. */
  start: number;
  end: number;
  heading_path: string[];
  text: string;
  score: number | null;
  /** Why it was found, as the search tells it. */
  why: object | null;
  web?: WebPlace | undefined;
}

/** How steps find passages, in the documents of the owner only, and on the web where that is turned on. */
export interface PassageSource {
  search(request: {
    ownerId: string;
    query: string;
    scope: DocumentScope;
    limit: number;
    signal: AbortSignal;
  }): Promise<FoundPassage[]>;
  /** The owner's documents that are in both. */
  documentsInBoth(ownerId: string, one: DocumentScope, other: DocumentScope): Promise<string[]>;
  /** Throws declared errors (`web_search.…`). */
  searchWeb(request: { ownerId: string; query: string; signal: AbortSignal }): Promise<FoundPassage[]>;
}

/**
 * How people are told of what runs want and how they ended; notifications implements it. Called in the transaction that
 * it is about, so that nothing is told twice or of something that never was; what it answers is called after the commit.
 */
export interface WorkflowNotices {
  approvalWaits(
    trx: DatabaseTransaction,
    approval: { userId: string; approvalId: string; title: string; runId: string; escalated: boolean },
  ): Promise<() => void>;
  /** Decided, withdrawn or out of time: nobody need look at them any more. */
  approvalsSettled(trx: DatabaseTransaction, approvalIds: string[]): Promise<() => void>;
  /** Of a run that a trigger started, so that perhaps nobody was watching. */
  runEnded(
    trx: DatabaseTransaction,
    run: {
      ownerId: string;
      runId: string;
      workflowName: string;
      status: 'succeeded' | 'failed';
      error: { code: string; detail: string } | null;
    },
  ): Promise<() => void>;
}
