import type { Database } from '../../../platform/database/database.ts';
import type { AnsweringModel, Citation, Usage } from '../conversations.schemas.ts';
import type { EventWriter } from './event-writer.ts';
import type {
  ChatModels,
  ChatModeRuns,
  ExtractiveAnswers,
  FoundPassage,
  PassageSearch,
  WebSearch,
} from './generation-ports.ts';
import type { GenerationTask } from './generations.queries.ts';
import type { NoticeRecorder } from './notices.ts';
import type { StepRecorder } from './step-recorder.ts';

export interface AnswerServices {
  db: Database;
  models: ChatModels;
  passages: PassageSearch;
  extracts: ExtractiveAnswers;
  web: WebSearch;
  modes: ChatModeRuns;
}

/** One attempt at an answer, and what it has found so far: kept when the attempt is stopped or fails. */
export interface AnswerAttempt {
  task: GenerationTask;
  attempt: number;
  signal: AbortSignal;
  writer: EventWriter;
  steps: StepRecorder;
  notices: NoticeRecorder;
  model: AnsweringModel | null;
  /** The passages given to the model, by their numbers from 1. */
  sources: FoundPassage[];
  citations: Citation[];
  usage: Usage | null;
}
