/**
 * The wire types of the HTTP API by name. All of them are read from `openapi.gen.d.ts`, which `npm run api:generate`
 * writes from the server's routes: when an answer changes there, what no longer fits fails to compile here and in the web.
 * Ids are UUIDv7 strings, times are ISO 8601 in UTC, sizes are bytes.
 */
import type { components, paths } from './openapi.gen.d.ts';

export type { paths } from './openapi.gen.d.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Operation<Path extends keyof paths, M extends Method> = NonNullable<paths[Path][M]>;
type JsonOf<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;
/** The success answer of an operation, whatever its status is. */
type Answer<Path extends keyof paths, M extends Method> =
  Operation<Path, M> extends { responses: infer Responses }
    ? JsonOf<Responses[keyof Responses & (200 | 201 | 202)]>
    : never;
type Item<List> = List extends { items: (infer Element)[] } ? Element : never;

export interface Page<Element> {
  items: Element[];
  next_cursor: string | null;
}

/** RFC 9457 problem details with this API's extensions. */
export type Problem = components['schemas']['Problem'];
export type FieldProblem = NonNullable<Problem['errors']>[number];

export type PublicConfig = Answer<'/api/v1/config', 'get'>;
export type RegistrationMode = PublicConfig['registration'];

type StatusAnswer = Answer<'/api/v1/auth/status', 'get'>;
/** Who is signed in comes with `authenticated: true`, and only then. */
export type AuthStatus =
  | { authenticated: false; can_refresh?: boolean }
  | ({ authenticated: true } & Required<Pick<StatusAnswer, 'user' | 'session' | 'access_expires_at'>>);
export type SignIn = Answer<'/api/v1/setup', 'post'>;
export type User = SignIn['user'];
export type Role = User['role'];
export type UserStatus = User['status'];
export type SessionLifetime = SignIn['session'];
/** What a browser gets; programs that keep their tokens themselves get those instead of the CSRF token. */
export type RefreshedSession = Required<
  Pick<Answer<'/api/v1/auth/refresh', 'post'>, 'session' | 'csrf_token' | 'access_expires_at'>
>;
export type Registration = Answer<'/api/v1/auth/register', 'post'>;
export type Session = Item<Answer<'/api/v1/auth/sessions', 'get'>>;
export type Profile = Answer<'/api/v1/profile', 'get'>;
export type Theme = Profile['theme'];

export type Document = Answer<'/api/v1/documents/{document_id}', 'get'>;
export type DocumentKind = Document['kind'];
export type DocumentState = Document['state'];
export type UploadResult = Answer<'/api/v1/documents', 'post'>;
export type Undo = Answer<'/api/v1/documents/{document_id}', 'delete'>;
export type DocumentPages = Answer<'/api/v1/documents/{document_id}/pages', 'get'>;
export type DocumentPage = Item<DocumentPages>;
export type OutlineEntry = NonNullable<DocumentPages['outline']>[number];
export type Chunk = Item<Answer<'/api/v1/documents/{document_id}/chunks', 'get'>>;
export type PassageContext = Answer<'/api/v1/documents/{document_id}/passage', 'get'>;
export type Collection = Item<Answer<'/api/v1/collections', 'get'>>;

export type SearchResult = Answer<'/api/v1/search', 'post'>;
export type Passage = Item<SearchResult>;
export type PassageReason = Passage['why'];

export type ModelList = Answer<'/api/v1/models', 'get'>;
export type Model = Item<ModelList>;
export type ModelCapability = Model['capabilities'][number];
export type Provider = Item<Answer<'/api/v1/models/providers', 'get'>>;
export type ProviderKind = Provider['kind'];
export type ProviderHealth = Provider['health'];
export type Slot = Item<Answer<'/api/v1/models/slots', 'get'>>;
export type SlotName = Slot['slot'];
export type ModelChoice = NonNullable<Slot['assignment']>;
export type Pull = Item<Answer<'/api/v1/models/pulls', 'get'>>;

export type Conversation = Answer<'/api/v1/conversations/{conversation_id}', 'get'>;
export type Scope = Conversation['scope'];
export type MessagePage = Answer<'/api/v1/conversations/{conversation_id}/messages', 'get'>;
export type Message = Item<MessagePage>;
export type Citation = Message['citations'][number];
export type Step = Message['steps'][number];
export type AnsweringModel = NonNullable<Message['model']>;
export type StartedGeneration = Answer<'/api/v1/conversations/{conversation_id}/messages', 'post'>;
export type Generation = Answer<'/api/v1/generations/{generation_id}', 'get'>;
export interface CodedError {
  code: string;
  detail: string;
}

/** One event of `GET /generations/{id}/events`, by the event's type. */
export interface GenerationEvents {
  started: { attempt: number; message_id: string; model: AnsweringModel };
  restarted: { attempt: number; reason: string };
  step: Step;
  sources: { citations: Citation[] };
  thinking: { text: string };
  delta: { text: string };
  notice: CodedError;
  end: { status: Generation['status']; message: Message };
}

/** Data of the event `changed` of `GET /events`: a hint to read the object again. */
export interface ChangedEvent {
  kind: 'document' | 'conversation' | 'pull' | 'provider' | 'session';
  id: string;
}
