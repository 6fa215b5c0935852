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

type ProblemDetails = components['schemas']['Problem'];
/** The codes that this version of the server knows. */
export type ProblemCode = ProblemDetails['code'];
/** RFC 9457 problem details with this API's extensions; a later version of the server may have other codes. */
export type Problem = Omit<ProblemDetails, 'code'> & { code: string };
export type FieldProblem = NonNullable<Problem['errors']>[number];

export type PublicConfig = Answer<'/api/v1/config', 'get'>;
export type RegistrationMode = PublicConfig['registration'];

type StatusAnswer = Answer<'/api/v1/auth/status', 'get'>;
/** Who is signed in comes with `authenticated: true`, and only then. */
export type AuthStatus =
  | { authenticated: false; can_refresh?: boolean }
  | ({ authenticated: true } & Required<Pick<StatusAnswer, 'user' | 'session' | 'access_expires_at'>> &
      Pick<StatusAnswer, 'restriction' | 'second_factor_due_at'>);
/** What a sign-in that may not go on yet has to do first. */
export type Restriction = NonNullable<StatusAnswer['restriction']>;
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
export type FactorSummary = Answer<'/api/v1/auth/2fa', 'get'>;
export type Passkey = Item<Answer<'/api/v1/auth/passkeys', 'get'>>;
export type Session = Item<Answer<'/api/v1/auth/sessions', 'get'>>;
export type Device = Item<Answer<'/api/v1/auth/devices', 'get'>>;
export type SecurityOverview = Answer<'/api/v1/auth/security', 'get'>;
export type SecurityAlert = Answer<'/api/v1/auth/alerts/{alert_id}', 'get'>;
export type OwnEvent = Item<Answer<'/api/v1/auth/activity', 'get'>>;
export type Identity = Item<Answer<'/api/v1/auth/identities', 'get'>>;
export type SignInProvider = Item<Answer<'/api/v1/oauth/providers', 'get'>>;
export type EmailChange = Answer<'/api/v1/auth/email/change', 'get'>['pending'];
export type ApiKey = Item<Answer<'/api/v1/auth/api-keys', 'get'>>;
export type ApiKeyScope = Item<Answer<'/api/v1/auth/api-keys/scopes', 'get'>>;
export type CertificateList = Answer<'/api/v1/auth/certificates', 'get'>;
export type Certificate = Item<CertificateList>;
export type DataExport = Item<Answer<'/api/v1/privacy/exports', 'get'>>;
export type AccountDeletion = Answer<'/api/v1/privacy/deletion', 'get'>;
export type Consent = Item<Answer<'/api/v1/privacy/consents', 'get'>>;
export type Person = Item<Answer<'/api/v1/admin/users', 'get'>>;
export type PersonDetails = Answer<'/api/v1/admin/users/{user_id}', 'get'>;
export type PersonSession = Item<Answer<'/api/v1/admin/sessions', 'get'>>;
export type Invitation = Item<Answer<'/api/v1/admin/invitations', 'get'>>;
export type AdminAlert = Item<Answer<'/api/v1/admin/alerts', 'get'>>;
export type AuditEvent = Item<Answer<'/api/v1/admin/audit', 'get'>>;
export type ChainReport = Answer<'/api/v1/admin/audit/chain', 'get'>;
export type StoredPolicy = Answer<'/api/v1/admin/policies', 'get'>;
export type SecurityPolicy = StoredPolicy['policy'];
export type MailSummary = Answer<'/api/v1/admin/mail', 'get'>;
export type OutboxMail = Item<Answer<'/api/v1/admin/outbox', 'get'>>;
export type OutboxMailText = Answer<'/api/v1/admin/outbox/{id}', 'get'>;
export type AdminSignInProvider = Item<Answer<'/api/v1/admin/oauth-providers', 'get'>>;
export type SignInProviderTest = Answer<'/api/v1/admin/oauth-providers/{id}/test', 'post'>;
export type AuthenticationMetrics = Answer<'/api/metrics/authentication', 'get'>;
export type Health = Answer<'/api/health', 'get'>;
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
export type SlotOptions = Slot['options'];
export type ModelChoice = NonNullable<Slot['assignment']>;
export type ModelDetails = Answer<'/api/v1/models/providers/{provider_id}/model', 'get'>;
export type RunningModel = Item<Answer<'/api/v1/models/providers/{provider_id}/running', 'get'>>;
export type OwnModelUsage = Answer<'/api/v1/models/usage', 'get'>;
export type AdminModelUsage = Item<Answer<'/api/v1/admin/models/usage', 'get'>>;
export type ModelQuota = Item<Answer<'/api/v1/admin/models/quotas', 'get'>>;
export type Pull = Item<Answer<'/api/v1/models/pulls', 'get'>>;

export type Conversation = Answer<'/api/v1/conversations/{conversation_id}', 'get'>;
export type Scope = Conversation['scope'];
export type MessagePage = Answer<'/api/v1/conversations/{conversation_id}/messages', 'get'>;
export type Message = Item<MessagePage>;
export type Citation = Message['citations'][number];
export type Step = Message['steps'][number];
export type Notice = Message['notices'][number];
export type AnsweringModel = NonNullable<Message['model']>;
export type StartedGeneration = Answer<'/api/v1/conversations/{conversation_id}/messages', 'post'>;
export type Generation = Answer<'/api/v1/generations/{generation_id}', 'get'>;
export type ChatMode = Item<Answer<'/api/v1/chat-modes', 'get'>>;
export type ChatModeId = Conversation['mode'];
export type Expert = Item<Answer<'/api/v1/chat-modes/experts', 'get'>>;
export type ChatTool = Item<Answer<'/api/v1/chat-modes/tools', 'get'>>;
export type ToolPermission = ChatTool['permission'];
export type BegunConversation = Answer<'/api/v1/conversations/begin', 'post'>;
export type WebSearchSettings = Answer<'/api/v1/admin/web-search', 'get'>;
export type WebSearchProviderKind = WebSearchSettings['providers'][number]['kind'];
export type WebSearchTest = Answer<'/api/v1/admin/web-search/test', 'post'>;

export type RunCounts = Item<Answer<'/api/v1/runs/counts', 'get'>>;
export type RunSummary = Item<Answer<'/api/v1/runs', 'get'>>;
export type Run = Answer<'/api/v1/runs/{run_id}', 'get'>;
export type RunStatus = Run['status'];
export type RunFailure = NonNullable<Run['error']>;
export type RunStep = Item<Answer<'/api/v1/runs/{run_id}/steps', 'get'>>;
export type Approval = Answer<'/api/v1/approvals/{approval_id}', 'get'>;
export type ApprovalStatus = Approval['status'];
export type WorkflowSummary = Item<Answer<'/api/v1/workflows', 'get'>>;
export type Workflow = Answer<'/api/v1/workflows/{workflow_id}', 'get'>;
export type WorkflowTemplate = Item<Answer<'/api/v1/workflow-templates', 'get'>>;
export type WorkflowDefinition = Workflow['definition'];
export type WorkflowNode = WorkflowDefinition['nodes'][number];
export type WorkflowEdge = WorkflowDefinition['edges'][number];
type DefinitionProblem = Workflow['problems'][number];
/** The problems of drawings that this version of the server knows, and which sentences of theirs. */
export type WorkflowProblemCode = DefinitionProblem['code'];
export type WorkflowProblemReason = NonNullable<DefinitionProblem['reason']>;
/** What is wrong with a drawing; a later version of the server may have other codes and reasons. */
export type WorkflowProblem = Omit<DefinitionProblem, 'code' | 'reason'> & { code: string; reason?: string };
export type WorkflowVersion = Item<Answer<'/api/v1/workflows/{workflow_id}/versions', 'get'>>;
export type WorkflowTrigger = Item<Answer<'/api/v1/workflows/{workflow_id}/triggers', 'get'>>;
export type CreatedTrigger = Answer<'/api/v1/workflows/{workflow_id}/triggers', 'post'>;

export type NotificationPage = Answer<'/api/v1/notifications', 'get'>;
export type Notification = Item<NotificationPage>;
export type NotificationPreferences = Answer<'/api/v1/notifications/preferences', 'get'>;
export type NotificationPreference = Item<NotificationPreferences>;
export type Fact = Item<Answer<'/api/v1/memory', 'get'>>;
export type MemorySettings = Answer<'/api/v1/memory/settings', 'get'>;
export interface CodedError {
  code: string;
  detail: string;
}

/** One event of `GET /generations/{id}/events`, by the event's type. */
export interface GenerationEvents {
  started: { attempt: number; message_id: string; model: AnsweringModel | null };
  restarted: { attempt: number; code: string; reason: string };
  step: Step;
  /** More of what a step says. */
  step_text: { id: string; text: string };
  sources: { citations: Citation[] };
  thinking: { text: string };
  delta: { text: string };
  /** A part of the answer is written again: this is what stays of it. */
  rewound: { text: string };
  notice: Notice;
  end: { status: Generation['status']; message: Message };
}

/** One event of `GET /runs/{id}/events`, by the event's type. */
export interface RunEvents {
  run: { status: RunStatus; attempt?: number };
  /** A step that goes on has its place, one that has ended its outcome. */
  step:
    | {
        number: number;
        node_id: string;
        frame: string;
        status: 'pending' | 'running' | 'waiting';
        attempt: number;
        waits_for: string | null;
      }
    | {
        number: number;
        status: 'succeeded' | 'failed' | 'cancelled';
        port: string | null;
        error: RunFailure | null;
      };
  progress: { number: number; ended: number; total: number };
  /** What a model writes, piece by piece. */
  delta: { number: number; text: string };
  end: { status: RunStatus; error: RunFailure | null };
}

/** Data of the event `changed` of `GET /events`: a hint to read the object again. */
export interface ChangedEvent {
  kind:
    | 'document'
    | 'conversation'
    | 'pull'
    | 'provider'
    | 'session'
    | 'alert'
    | 'device'
    | 'export'
    | 'workflow'
    | 'run'
    | 'approval'
    | 'notification'
    | 'memory';
  id: string;
}
