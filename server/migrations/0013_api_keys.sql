-- Keys: those that people give to programs, and what is known of the server's own master secrets while they change.

create table api_keys (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  name text not null check (length(name) between 1 and 100),
  scopes text[] not null check (cardinality(scopes) between 1 and 100),
  -- SHA-256: the secret has 256 random bits, so there is nothing to slow down.
  secret_hash bytea not null,
  -- The secret before a rotation, good until then.
  previous_hash bytea,
  previous_valid_until timestamptz,
  expires_at timestamptz,
  last_used_at timestamptz,
  last_used_address text,
  rotated_at timestamptz,
  created_at timestamptz not null default now(),
  constraint api_keys_previous_check check ((previous_hash is null) = (previous_valid_until is null))
);
create index api_keys_user_idx on api_keys (user_id, created_at);

-- Running processes and the master secrets they know: a new one signs only when all of them can read it.
create table key_holders (
  process_id uuid primary key,
  -- Newest first.
  key_ids text[] not null,
  seen_at timestamptz not null default now()
);

-- When a master secret was last used to sign or seal: what it signed is dead some time after that.
create table signing_keys (
  key_id text primary key,
  first_used_at timestamptz not null default now(),
  last_used_at timestamptz not null default now()
);

-- Audit keys of master secrets that are gone, sealed by the current data key: old events stay verifiable.
create table retired_audit_keys (
  key_id text primary key,
  key_sealed text not null,
  retired_at timestamptz not null default now()
);
