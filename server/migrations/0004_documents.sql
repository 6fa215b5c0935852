-- Documents of people: what was uploaded, the text found in it, and the chunks that search and citations stand on.

create table collections (
  id uuid primary key,
  owner_id uuid not null references users (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now(),
  -- Lets documents refer to a collection of their own owner only.
  constraint collections_owner_key unique (id, owner_id)
);
create unique index collections_name_key on collections (owner_id, lower(name));

create table documents (
  id uuid primary key,
  owner_id uuid not null references users (id) on delete cascade,
  collection_id uuid,
  name text not null check (length(name) between 1 and 255),
  kind text not null,
  media_type text not null,
  size_bytes bigint not null,
  sha256 text not null,
  -- Generated name in the file store; never made from what a person typed.
  file_key text not null constraint documents_file_key unique,
  state text not null default 'uploaded'
    check (state in ('uploaded', 'extracting', 'indexing', 'embedding', 'ready', 'failed')),
  progress_done integer,
  progress_total integer,
  page_count integer,
  chunk_count integer,
  -- UTF-16 code units of the whole text: pages joined by two line feeds.
  text_length integer,
  outline jsonb not null default '[]',
  upload_warnings jsonb not null default '[]',
  warnings jsonb not null default '[]',
  error_code text,
  error_detail text,
  sample boolean not null default false,
  -- The run that may write to this document; another run's writes match no row.
  ingest_id uuid not null,
  -- Grows each time that run begins to extract: a run that was taken over by another process writes no more.
  ingest_attempt integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  foreign key (collection_id, owner_id) references collections (id, owner_id) on delete set null (collection_id)
);
create index documents_owner_idx on documents (owner_id, id desc) where deleted_at is null;
create index documents_collection_idx on documents (collection_id) where collection_id is not null;
create index documents_content_idx on documents (owner_id, sha256);

create table document_pages (
  document_id uuid not null references documents (id) on delete cascade,
  number integer not null,
  start_offset integer not null,
  end_offset integer not null,
  text text not null,
  primary key (document_id, number)
);
create index document_pages_offset_idx on document_pages (document_id, start_offset);

create table chunks (
  id uuid primary key,
  document_id uuid not null references documents (id) on delete cascade,
  owner_id uuid not null references users (id) on delete cascade,
  ordinal integer not null,
  text text not null,
  page_start integer,
  page_end integer,
  -- Offsets in the whole text, in UTF-16 code units: the slice between them is `text`, verbatim.
  start_offset integer not null,
  end_offset integer not null,
  heading_path text[] not null default '{}',
  token_count integer not null,
  constraint chunks_ordinal_key unique (document_id, ordinal)
);
create index chunks_owner_idx on chunks (owner_id);
