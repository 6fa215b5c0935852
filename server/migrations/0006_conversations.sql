-- Conversations: a tree of messages each, one active branch, answers as numbered event streams.

create table conversations (
  id uuid primary key,
  owner_id uuid not null references users (id) on delete cascade,
  title text not null,
  -- Who named it: a person's title is never replaced, a question's first words give way to a model's title.
  title_source text not null check (title_source in ('none', 'question', 'model', 'person')),
  pinned boolean not null default false,
  scope jsonb not null,
  model jsonb,
  active_leaf_id uuid,
  message_count integer not null default 0,
  idempotency_key text,
  request_hash text,
  created_at timestamptz(3) not null default now(),
  -- Milliseconds, as cursors carry them.
  updated_at timestamptz(3) not null default now(),
  deleted_at timestamptz,
  -- The owner is a term of the text: one index answers "these words of this person" without reading other people's rows.
  search tsvector not null generated always as (
    array_to_tsvector(array['@' || owner_id::text]) || to_tsvector('simple', title)) stored
);
create index conversations_list_idx on conversations (owner_id, pinned desc, updated_at desc, id desc)
  where deleted_at is null;
create index conversations_search_idx on conversations using gin (search);
create unique index conversations_idempotency_idx on conversations (owner_id, idempotency_key)
  where idempotency_key is not null;

create table messages (
  id uuid primary key,
  conversation_id uuid not null references conversations (id) on delete cascade,
  owner_id uuid not null,
  -- No foreign key: a chain of 10,000 would be deleted row by row. Only inserts under the conversation's lock set it.
  parent_id uuid,
  -- Messages that share it are versions of one another; the first messages share their conversation.
  sibling_key uuid not null generated always as (coalesce(parent_id, conversation_id)) stored,
  role text not null check (role in ('user', 'assistant')),
  content text not null default '',
  status text not null check (status in ('complete', 'streaming', 'stopped', 'failed')),
  model jsonb,
  citations jsonb not null default '[]',
  steps jsonb not null default '[]',
  error jsonb,
  usage jsonb,
  generation_id uuid,
  created_at timestamptz(3) not null default now(),
  -- Bounded: a tsvector holds 1 MB at most.
  search tsvector not null generated always as (
    array_to_tsvector(array['@' || owner_id::text]) || to_tsvector('simple', left(content, 100000))) stored
);
create index messages_siblings_idx on messages (sibling_key, id);
create index messages_conversation_idx on messages (conversation_id);
create index messages_search_idx on messages using gin (search);

-- One streamed answer. Its id is the id of its event stream and of its durable run.
create table generations (
  id uuid primary key,
  conversation_id uuid not null references conversations (id) on delete cascade,
  owner_id uuid not null,
  question_id uuid not null,
  message_id uuid not null,
  scope jsonb not null,
  model jsonb,
  -- 'queued' until the end: it runs as soon as its stream has an attempt.
  status text not null default 'queued' check (status in ('queued', 'completed', 'stopped', 'failed')),
  idempotency_key text,
  request_hash text,
  created_at timestamptz(3) not null default now(),
  ended_at timestamptz(3)
);
create index generations_conversation_idx on generations (conversation_id);
create index generations_open_idx on generations (conversation_id, created_at) where ended_at is null;
create unique index generations_idempotency_idx on generations (owner_id, idempotency_key)
  where idempotency_key is not null;
