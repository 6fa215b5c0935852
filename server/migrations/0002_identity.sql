-- People, their sign-ins and the evidence of both.

create table users (
  id uuid primary key,
  -- As the person typed it; `email_canonical` decides whether two addresses are the same account (S6).
  email text not null check (length(email) between 3 and 320),
  email_canonical text not null,
  display_name text not null check (length(display_name) between 1 and 200),
  role text not null default 'user' check (role in ('user', 'admin', 'superuser')),
  status text not null default 'active' check (status in ('pending', 'active', 'suspended', 'deactivated')),
  -- Grows when role, status or password change: sessions of an older version are dead (S19).
  session_version integer not null default 1,
  email_verified_at timestamptz,
  -- PHC string of argon2id, or bcrypt for imported accounts; null where nobody can sign in by password.
  password_hash text,
  password_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_email_canonical_key unique (email_canonical)
);
create index users_superuser_idx on users (id) where role = 'superuser';

create table profiles (
  user_id uuid primary key references users (id) on delete cascade,
  time_zone text not null default 'UTC',
  locale text not null default 'en',
  theme text not null default 'system' check (theme in ('dark', 'light', 'system')),
  about text not null default '',
  work_style text not null default '',
  goals jsonb not null default '[]',
  version integer not null default 1,
  updated_at timestamptz not null default now()
);

create table devices (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  -- SHA-256 of the random value in the device cookie.
  token_hash bytea not null,
  name text,
  user_agent text not null default '',
  trust_level text not null default 'new' check (trust_level in ('new', 'trusted', 'verified')),
  trusted_until timestamptz,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  last_address text,
  constraint devices_token_key unique (user_id, token_hash)
);

create table sessions (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  device_id uuid references devices (id) on delete set null,
  -- Must equal users.session_version for the session to live.
  user_version integer not null,
  delivery text not null check (delivery in ('cookie', 'body')),
  factors text[] not null,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  idle_expires_at timestamptz not null,
  -- Absolute: no activity extends it (S22).
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  ip_address text not null default '',
  user_agent text not null default '',
  constraint sessions_end_check check ((ended_at is null) = (end_reason is null))
);
create index sessions_live_idx on sessions (user_id, last_seen_at) where ended_at is null;
create index sessions_device_idx on sessions (device_id);
create index sessions_expiry_idx on sessions (expires_at);

-- One row per refresh token; the tokens of a session are its family.
create table refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  parent_hash bytea unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index refresh_tokens_session_idx on refresh_tokens (session_id);

create table throttle_counters (
  -- Budget and keyed hash of what is counted: no address or account can be read from it.
  key text primary key,
  attempts integer not null,
  blocked_until timestamptz,
  updated_at timestamptz not null default now()
);
create index throttle_counters_updated_idx on throttle_counters (updated_at);

-- What happened. No row is ever changed or removed.
create table audit_events (
  id uuid primary key,
  occurred_at timestamptz not null default clock_timestamp(),
  action text not null,
  outcome text not null check (outcome in ('success', 'failure')),
  -- Stays as a pseudonym when the account is gone, hence no foreign key.
  actor_id uuid,
  subject_id uuid,
  session_id uuid,
  device_id uuid,
  factor text,
  code text,
  -- SHA-256 of what names a person (audit_personal), which privacy law may have us erase.
  personal_digest bytea,
  details jsonb not null default '{}'
);
create index audit_events_subject_idx on audit_events (subject_id, occurred_at);
create index audit_events_action_idx on audit_events (action, occurred_at);

-- The part of an event that names a person: may be erased, never changed.
create table audit_personal (
  event_id uuid primary key references audit_events (id),
  salt bytea not null,
  data jsonb not null
);

-- Seals events in one order: each hash (HMAC) covers the event and the hash before it.
create table audit_chain (
  position bigint primary key,
  event_id uuid not null unique references audit_events (id),
  key_id text not null,
  hash bytea not null
);

-- What waits to be sealed, so that the sealer never searches the whole table.
create table audit_unsealed (
  event_id uuid primary key references audit_events (id)
);

create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit rows are append-only' using errcode = 'insufficient_privilege';
end $$;

create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function audit_refuse_change();
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function audit_refuse_change();
create trigger audit_chain_append_only before update or delete on audit_chain
  for each row execute function audit_refuse_change();
create trigger audit_chain_no_truncate before truncate on audit_chain
  for each statement execute function audit_refuse_change();
create trigger audit_personal_no_update before update on audit_personal
  for each row execute function audit_refuse_change();

-- The code itself is derived from this seed and the master secret: the database alone does not reveal it.
create table setup_codes (
  id boolean primary key default true check (id),
  seed bytea not null,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
