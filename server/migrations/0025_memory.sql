-- Facts about people that the assistant may use, where they agreed to that (consent_decisions, purpose `memory`).

create table memory_facts (
  id uuid primary key,
  owner_id uuid not null references users (id) on delete cascade,
  content text not null check (length(content) between 1 and 2000),
  -- Of the content without case, spaces and full stops: the same is not remembered twice.
  content_digest text not null,
  source text not null check (source in ('person', 'assistant', 'workflow')),
  -- The conversation or the workflow that it comes from, which may be gone.
  source_id uuid,
  run_id uuid,
  search tsvector not null generated always as
    (to_tsvector('simple', content) || to_tsvector('english', content) || to_tsvector('german', content)) stored,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  -- For ten seconds this can be taken back.
  deleted_at timestamptz(3)
);
create index memory_facts_owner_idx on memory_facts (owner_id, id);
create unique index memory_facts_digest_idx on memory_facts (owner_id, content_digest) where deleted_at is null;
create index memory_facts_deleted_idx on memory_facts (deleted_at) where deleted_at is not null;
