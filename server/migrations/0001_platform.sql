-- What every feature stands on: settings, durable starts, living executors, numbered event streams.

create table settings (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

-- A workflow asked for inside a transaction, until an executor has handed it to the durable engine.
create table workflow_starts (
  workflow_id uuid primary key,
  name text not null,
  input jsonb not null,
  created_at timestamptz not null default now()
);

-- Heartbeats: the reaper resumes the runs of executors that stopped beating.
create table executors (
  id text primary key,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

create table streams (
  id uuid primary key,
  kind text not null,
  owner_id uuid not null,
  -- Grows with every (re)start of the producer; an older producer's appends match no row.
  attempt integer not null default 0,
  last_seq integer not null default 0,
  created_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  stop_requested_at timestamptz,
  ended_at timestamptz
);
create index streams_open_idx on streams (heartbeat_at) where ended_at is null;
create index streams_owner_idx on streams (owner_id, created_at);

create table stream_events (
  stream_id uuid not null references streams (id) on delete cascade,
  seq integer not null,
  type text not null,
  data jsonb not null,
  created_at timestamptz not null default now(),
  primary key (stream_id, seq)
);
