/**
 * The wire types of the HTTP API, by the names the contract gives them. Ids are UUIDv7 strings, times are
 * ISO 8601 in UTC, sizes are bytes.
 */

export type Role = 'user' | 'admin' | 'superuser';
export type UserStatus = 'pending' | 'active' | 'suspended' | 'deactivated';
export type Theme = 'dark' | 'light' | 'system';

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** RFC 9457 problem details with this API's extensions. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: FieldProblem[];
}

export interface FieldProblem {
  field: string;
  detail: string;
}

export interface CodedError {
  code: string;
  detail: string;
}

export interface User {
  id: string;
  email: string;
  display_name: string;
  role: Role;
  status: UserStatus;
  email_verified: boolean;
  created_at: string;
}

export interface SessionLifetime {
  id: string;
  expires_at: string;
  idle_expires_at: string;
}

export interface SignIn {
  user: User;
  session: SessionLifetime;
  csrf_token: string;
}

export interface RefreshedSession {
  session: SessionLifetime;
  csrf_token: string;
  access_expires_at: string;
}

export type AuthStatus =
  | { authenticated: false; can_refresh?: boolean }
  | { authenticated: true; user: User; session: SessionLifetime; access_expires_at: string };

export interface Registration {
  user: User;
  next: 'sign_in' | 'await_approval' | 'verify_email';
}

export interface Profile {
  id: string;
  email: string;
  display_name: string;
  role: Role;
  time_zone: string;
  locale: string;
  theme: Theme;
  about: string;
  work_style: string;
  goals: string[];
  updated_at: string;
  version: number;
}

export interface Session {
  id: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  ip_address: string;
  user_agent: string;
  label: string;
}

export type RegistrationMode = 'open' | 'invitation' | 'approval' | 'closed';

export interface PublicConfig {
  product: { name: string; version: string };
  environment: 'development' | 'production';
  setup_required: boolean;
  registration: RegistrationMode;
  password: { min_length: number; max_bytes: number };
  lifetimes: {
    access_token_seconds: number;
    refresh_token_seconds: number;
    session_idle_seconds: number;
    csrf_seconds: number;
  };
  uploads: {
    max_file_bytes: number;
    max_files_per_request: number;
    accepted: { extension: string; media_type: string }[];
  };
  data_directory: string | null;
}

export type DocumentKind =
  | 'pdf'
  | 'docx'
  | 'pptx'
  | 'xlsx'
  | 'html'
  | 'markdown'
  | 'text'
  | 'csv'
  | 'epub'
  | 'code';

export type DocumentState = 'uploaded' | 'extracting' | 'indexing' | 'embedding' | 'ready' | 'failed';

export interface Document {
  id: string;
  name: string;
  kind: DocumentKind;
  media_type: string;
  size_bytes: number;
  sha256: string;
  state: DocumentState;
  progress: { done: number; total: number | null } | null;
  page_count: number | null;
  chunk_count: number | null;
  warnings: string[];
  error: CodedError | null;
  collection_id: string | null;
  sample: boolean;
  created_at: string;
  updated_at: string;
}

export interface UploadResult {
  items: Document[];
  rejected: { name: string; code: string; detail: string }[];
}

export interface Undo {
  undo_until: string;
}

export interface DocumentPage {
  number: number;
  text: string;
  start: number;
  end: number;
}

export interface OutlineEntry {
  title: string;
  level: number;
  page: number;
  start: number;
}

export interface DocumentPages {
  items: DocumentPage[];
  total: number;
  outline?: OutlineEntry[];
}

export interface Chunk {
  id: string;
  ordinal: number;
  text: string;
  page_start: number | null;
  page_end: number | null;
  start: number;
  end: number;
  heading_path: string[];
}

export interface PassageContext {
  document_id: string;
  document_name: string;
  page: number | null;
  start: number;
  end: number;
  before: string;
  text: string;
  after: string;
}

export interface Collection {
  id: string;
  name: string;
  document_count: number;
  created_at: string;
}

export type Scope =
  | { kind: 'all' }
  | { kind: 'none' }
  | { kind: 'collection'; collection_id: string }
  | { kind: 'documents'; document_ids: string[] };

export interface PassageReason {
  matched_terms: { term: string; weight: number }[];
  lexical_rank: number | null;
  lexical_score: number | null;
  vector_rank: number | null;
  vector_similarity: number | null;
  fused_score: number;
}

export interface Passage {
  chunk_id: string;
  document_id: string;
  document_name: string;
  page_start: number | null;
  page_end: number | null;
  start: number;
  end: number;
  heading_path: string[];
  text: string;
  /** Offsets into `text`. */
  highlights: { start: number; end: number }[];
  score: number;
  why: PassageReason;
}

export interface SearchResult {
  items: Passage[];
  took_ms: number;
  retrieval: {
    lexical: true;
    vectors: 'used' | 'no_model' | 'unavailable';
    detail: string | null;
  };
}

export interface Citation {
  number: number;
  document_id: string;
  document_name: string;
  chunk_id: string;
  page: number | null;
  start: number;
  end: number;
  quote: string;
  verified: boolean;
  why: PassageReason | null;
}

export type ProviderKind = 'ollama' | 'openai' | 'builtin';
export type ModelCapability = 'chat' | 'embedding' | 'tools' | 'vision' | 'thinking';

export interface Model {
  provider_id: string;
  provider_name: string;
  provider_kind: ProviderKind;
  model: string;
  size_bytes: number | null;
  context_length: number | null;
  capabilities: ModelCapability[];
  loaded: boolean | null;
}

export interface ModelList {
  items: Model[];
  unreachable: { provider_id: string; code: string; detail: string }[];
}

export interface ProviderHealth {
  state: 'ok' | 'error' | 'unknown';
  code: string | null;
  detail: string | null;
  version: string | null;
  checked_at: string | null;
}

export interface Provider {
  id: string;
  kind: ProviderKind;
  name: string;
  base_url: string | null;
  allow_local: boolean;
  has_api_key: boolean;
  enabled: boolean;
  health: ProviderHealth;
}

export interface ModelChoice {
  provider_id: string;
  model: string;
}

export type SlotName = 'chat' | 'embedding' | 'title';

export interface Slot {
  slot: SlotName;
  assignment: ModelChoice | null;
  effective: { provider_id: string; provider_kind: ProviderKind; model: string; label: string };
  reason: string;
}

export interface Pull {
  id: string;
  provider_id: string;
  model: string;
  status: 'running' | 'done' | 'failed' | 'cancelled';
  completed_bytes: number;
  total_bytes: number | null;
  detail: string;
  error: CodedError | null;
  created_at: string;
}

export interface Conversation {
  id: string;
  title: string;
  pinned: boolean;
  scope: Scope;
  model: ModelChoice | null;
  message_count: number;
  created_at: string;
  updated_at: string;
  snippet: string | null;
  active_generation: { id: string; message_id: string; last_seq: number } | null;
}

export interface Step {
  id: string;
  kind: 'retrieve' | 'prompt' | 'extract';
  title: string;
  state: 'running' | 'done' | 'failed';
  detail: string | null;
  duration_ms: number | null;
}

export interface AnsweringModel {
  provider_kind: ProviderKind;
  model: string;
  label: string;
}

export interface Message {
  id: string;
  conversation_id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  content: string;
  status: 'complete' | 'streaming' | 'stopped' | 'failed';
  model: AnsweringModel | null;
  citations: Citation[];
  steps: Step[];
  error: { code: string; detail: string; retryable: boolean } | null;
  usage: { input_tokens: number; output_tokens: number } | null;
  generation_id: string | null;
  siblings: { index: number; ids: string[] };
  created_at: string;
}

export interface MessagePage {
  items: Message[];
  has_more: boolean;
}

export interface Generation {
  id: string;
  conversation_id: string;
  message_id: string;
  status: 'queued' | 'running' | 'completed' | 'stopped' | 'failed';
  attempt: number;
  last_seq: number;
  created_at: string;
  ended_at: string | null;
}

export interface StartedGeneration {
  user_message: Message;
  assistant_message: Message;
  generation: Generation;
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
  kind: 'document' | 'conversation' | 'pull' | 'provider';
  id: string;
}
