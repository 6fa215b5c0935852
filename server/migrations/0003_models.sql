-- Who provides models, which model has which job, and downloads of models.

create table model_providers (
  id uuid primary key,
  kind text not null check (kind in ('ollama', 'openai')),
  name text not null check (length(name) between 1 and 100),
  base_url text not null check (length(base_url) <= 2000),
  -- An administrator's explicit permission to connect to private and loopback addresses (S34).
  allow_local boolean not null default false,
  -- Encrypted, bound to this row and to the origin of base_url: it opens for no other server.
  api_key_sealed text,
  enabled boolean not null default true,
  health_state text not null default 'unknown' check (health_state in ('ok', 'error', 'unknown')),
  health_code text,
  health_detail text,
  health_version text,
  health_checked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint model_providers_name_key unique (name)
);

create table model_assignments (
  slot text primary key check (slot in ('chat', 'embedding', 'title')),
  provider_id uuid references model_providers (id) on delete cascade,
  model text,
  -- Why nothing is assigned, where there is more to say than that nothing is.
  note text,
  updated_at timestamptz not null default now(),
  constraint model_assignments_whole_check check ((provider_id is null) = (model is null))
);
create index model_assignments_provider_idx on model_assignments (provider_id);

create table model_pulls (
  id uuid primary key,
  provider_id uuid not null references model_providers (id) on delete cascade,
  requested_by uuid references users (id) on delete set null,
  model text not null check (length(model) between 1 and 300),
  status text not null default 'running' check (status in ('running', 'done', 'failed', 'cancelled')),
  completed_bytes bigint not null default 0,
  total_bytes bigint,
  detail text not null default '',
  error_code text,
  error_detail text,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index model_pulls_provider_idx on model_pulls (provider_id);
create index model_pulls_requested_by_idx on model_pulls (requested_by);
-- Two people who ask for the same model watch the same download.
create unique index model_pulls_running_idx on model_pulls (provider_id, model) where status = 'running';
