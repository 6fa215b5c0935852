import { defineError } from '../../platform/errors.ts';

/** The largest question, in bytes of UTF-8. */
export const maxQuestionBytes = 100 * 1024;

export const ConversationNotFound = defineError(
  'conversations.not_found',
  404,
  'Conversation not found',
  'There is no such conversation. It may have been deleted.',
);
export const ModeNotFound = defineError(
  'conversations.mode_not_found',
  404,
  'Chat mode not found',
  'You have no workflow with this id that could answer here. Choose one of the modes that `GET /chat-modes` lists.',
);
export const MessageNotFound = defineError(
  'conversations.message_not_found',
  404,
  'Message not found',
  'There is no such message in this conversation.',
);
export const GenerationNotFound = defineError(
  'conversations.generation_not_found',
  404,
  'Answer not found',
  'There is no such answer. Its conversation may have been deleted.',
);
export const GenerationRunning = defineError(
  'conversations.generation_running',
  409,
  'An answer is being written',
  'An answer is being written here. Wait for its end or stop it first.',
);
export const QuestionTooLong = defineError(
  'conversations.question_too_long',
  413,
  'Question too long',
  'A question may have 100 KB of text. Add long texts as documents and ask about them.',
);
export const QuestionEmpty = defineError(
  'conversations.question_empty',
  422,
  'Empty question',
  'Write a question first.',
);
export const QuestionUnreadable = defineError(
  'conversations.question_unreadable',
  422,
  'Question not readable as text',
  'The question contains NUL characters, which cannot be stored as text. Remove them and send it again.',
);
export const TitleInvalid = defineError(
  'conversations.title_invalid',
  422,
  'Title not usable',
  'A title needs one to 200 characters of text.',
);
export const ParentNotAnAnswer = defineError(
  'conversations.parent_not_an_answer',
  422,
  'Wrong place for a question',
  'A question follows an answer or begins the conversation; `parent_id` names another question.',
);
export const NotAnAnswer = defineError(
  'conversations.not_an_answer',
  422,
  'Not an answer',
  'Only an answer can be written again. To change a question, send it anew with the same parent.',
);
export const UndoExpired = defineError(
  'conversations.undo_expired',
  410,
  'Too late to undo',
  'The deletion can no longer be undone.',
);
export const IdempotencyKeyReused = defineError(
  'conversations.idempotency_key_reused',
  422,
  'Idempotency key used before',
  'This Idempotency-Key was sent before with another request. Use a new key for a new request.',
);
export const InvalidCursor = defineError(
  'conversations.invalid_cursor',
  422,
  'Invalid cursor',
  'The cursor is not one that this list gave out.',
);
export const InvalidPosition = defineError(
  'conversations.invalid_position',
  422,
  'Invalid position',
  'Last-Event-ID must be the number of an event of this stream.',
);
export const AnswerInterrupted = defineError(
  'conversations.interrupted',
  503,
  'Answer interrupted',
  'The program that wrote this answer stopped and nothing else is writing it. What was written is kept; ask again to get a new answer.',
);
export const TooManyRestarts = defineError(
  'conversations.too_many_restarts',
  503,
  'Answer given up',
  'The answer was begun again too often because the program that wrote it kept stopping. Ask again; if it repeats, look into the log.',
);
export const DocumentsBeingRead = defineError(
  'conversations.documents_being_read',
  409,
  'Documents are still being read',
  'Documents are still being read and could not be searched yet. Ask again when they are ready.',
);
export const EmptyAnswer = defineError(
  'conversations.empty_answer',
  502,
  'Empty answer',
  'The model ended its answer without a single word. Ask again or choose another model.',
);
