-- Workflows that people draw: versions, runs with every step, approvals, triggers.

create table workflows (
  id uuid primary key,
  owner_id uuid not null references users (id) on delete cascade,
  name text not null,
  description text not null default '',
  enabled boolean not null default true,
  -- The newest of its versions; a new run uses it.
  version integer not null,
  -- Grows with every change, also of the name: the ETag.
  revision integer not null default 1,
  idempotency_key text,
  request_hash text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index workflows_owner_idx on workflows (owner_id, id);
create unique index workflows_idempotency_idx on workflows (owner_id, idempotency_key) where idempotency_key is not null;

-- Never changed: a run ends with the version that it began with.
create table workflow_versions (
  workflow_id uuid not null references workflows (id) on delete cascade,
  number integer not null,
  definition jsonb not null,
  created_at timestamptz(3) not null default now(),
  primary key (workflow_id, number)
);

create table workflow_triggers (
  id uuid primary key,
  workflow_id uuid not null references workflows (id) on delete cascade,
  owner_id uuid not null references users (id) on delete cascade,
  kind text not null check (kind in ('schedule', 'webhook', 'event')),
  enabled boolean not null default true,
  config jsonb not null,
  -- Of a webhook, sealed.
  secret_sealed text,
  next_fire_at timestamptz(3),
  last_fired_at timestamptz(3),
  last_error text,
  created_at timestamptz(3) not null default now()
);
create index workflow_triggers_workflow_idx on workflow_triggers (workflow_id);
create index workflow_triggers_owner_idx on workflow_triggers (owner_id, id);
create index workflow_triggers_due_idx on workflow_triggers (next_fire_at) where enabled and next_fire_at is not null;
create index workflow_triggers_event_idx on workflow_triggers (owner_id) where enabled and kind = 'event';

-- One run. Its id is the id of its event stream. It is carried by durable runs one after the other (segments).
create table workflow_runs (
  id uuid primary key,
  workflow_id uuid not null references workflows (id) on delete cascade,
  owner_id uuid not null references users (id) on delete cascade,
  version integer not null,
  status text not null default 'queued'
    check (status in ('queued', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'cancelled')),
  input jsonb not null,
  output jsonb,
  error jsonb,
  budget jsonb not null,
  used_steps integer not null default 0,
  used_tokens integer not null default 0,
  -- Milliseconds at work; waiting is not counted.
  used_ms bigint not null default 0,
  depth integer not null default 0,
  -- How many runs led to this one by events: a chain of them is bounded.
  chain integer not null default 0,
  parent_run_id uuid references workflow_runs (id) on delete cascade,
  parent_step integer,
  retry_of uuid,
  trigger_id uuid references workflow_triggers (id) on delete set null,
  segment_id uuid not null,
  -- Begun in a row without getting any further.
  idle_starts integer not null default 0,
  pause_requested boolean not null default false,
  idempotency_key text,
  request_hash text,
  created_at timestamptz(3) not null default now(),
  started_at timestamptz(3),
  ended_at timestamptz(3)
);
create index workflow_runs_owner_idx on workflow_runs (owner_id, id);
create index workflow_runs_workflow_idx on workflow_runs (workflow_id, id);
create index workflow_runs_parent_idx on workflow_runs (parent_run_id) where parent_run_id is not null;
create index workflow_runs_trigger_idx on workflow_runs (trigger_id) where trigger_id is not null;
create index workflow_runs_open_idx on workflow_runs (id) where ended_at is null;
create unique index workflow_runs_idempotency_idx on workflow_runs (owner_id, idempotency_key)
  where idempotency_key is not null;

-- What a run did and what it is about to do: a run goes on from its rows.
create table workflow_run_steps (
  run_id uuid not null references workflow_runs (id) on delete cascade,
  number integer not null,
  node_id text not null,
  -- The loops and branches it is in: `l12.3/` is item 3 of step 12, `p4.1/` branch 1 of step 4.
  frame text not null,
  -- The loops alone: what a step sees of others is decided by them.
  item_path text not null,
  status text not null
    check (status in ('pending', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
  attempt integer not null default 0,
  input jsonb,
  output jsonb,
  port text,
  error jsonb,
  input_tokens integer not null default 0,
  output_tokens integer not null default 0,
  -- Of loops: which items have begun and ended.
  progress jsonb,
  -- What a waiting step waits for, until when, and what came.
  waits_for jsonb,
  wake_at timestamptz(3),
  resolution jsonb,
  -- In place of the configured input: a person tries again with another one.
  edited_input jsonb,
  created_at timestamptz(3) not null default now(),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  primary key (run_id, number)
);
create index workflow_run_steps_node_idx on workflow_run_steps (run_id, node_id, number);
create index workflow_run_steps_live_idx on workflow_run_steps (run_id) where status in ('pending', 'running', 'waiting');
create index workflow_run_steps_due_idx on workflow_run_steps (wake_at)
  where status = 'waiting' and resolution is null and wake_at is not null;
create index workflow_run_steps_event_idx on workflow_run_steps ((waits_for ->> 'event'))
  where status = 'waiting' and resolution is null;

create table workflow_approvals (
  id uuid primary key,
  run_id uuid not null,
  step integer not null,
  -- Whose run it is, and who decides; without an assignee (the account is gone) it is the owner again.
  owner_id uuid not null references users (id) on delete cascade,
  assignee_id uuid references users (id) on delete set null,
  title text not null,
  detail text not null default '',
  data jsonb,
  status text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'expired', 'cancelled')),
  expires_at timestamptz(3),
  -- To whom it goes when it expires; without one it is rejected then.
  escalate_to uuid references users (id) on delete set null,
  escalated_at timestamptz(3),
  decided_by uuid references users (id) on delete set null,
  comment text,
  decided_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  foreign key (run_id, step) references workflow_run_steps (run_id, number) on delete cascade
);
create index workflow_approvals_run_idx on workflow_approvals (run_id, step);
create index workflow_approvals_owner_idx on workflow_approvals (owner_id, id);
create index workflow_approvals_assignee_idx on workflow_approvals (assignee_id, id);
create index workflow_approvals_due_idx on workflow_approvals (expires_at) where status = 'pending';
create index workflow_approvals_escalation_idx on workflow_approvals (escalate_to) where escalate_to is not null;
create index workflow_approvals_decider_idx on workflow_approvals (decided_by) where decided_by is not null;

-- A trigger fires once per key: the planned time, the webhook's id, the event's number.
create table workflow_firings (
  trigger_id uuid not null references workflow_triggers (id) on delete cascade,
  key text not null,
  run_id uuid,
  fired_at timestamptz(3) not null default now(),
  primary key (trigger_id, key)
);
create index workflow_firings_age_idx on workflow_firings (fired_at);

-- What happened, stored with what happened (a transactional outbox), until it has been matched with triggers.
create table workflow_events (
  id bigint generated always as identity primary key,
  owner_id uuid not null references users (id) on delete cascade,
  event text not null,
  data jsonb not null,
  created_at timestamptz(3) not null default now()
);
create index workflow_events_owner_idx on workflow_events (owner_id);

create function note_workflow_event(owner uuid, happened text, facts jsonb) returns void language sql as $$
  insert into workflow_events (owner_id, event, data)
  select owner, happened, facts
  where exists (select from workflow_triggers t
      where t.owner_id = owner and t.enabled and t.kind = 'event' and t.config ->> 'event' = happened)
    or exists (select from workflow_run_steps s join workflow_runs r on r.id = s.run_id
      where s.status = 'waiting' and s.resolution is null and s.waits_for ->> 'event' = happened and r.owner_id = owner)
$$;
create function note_document_ready() returns trigger language plpgsql as $$
begin
  perform note_workflow_event(new.owner_id, 'document.ready', jsonb_build_object(
    'document_id', new.id, 'name', new.name, 'collection_id', new.collection_id, 'kind', new.kind));
  return null;
end $$;
create trigger documents_note_ready after update of state on documents
  for each row when (new.state = 'ready' and old.state <> 'ready') execute function note_document_ready();
create function note_generation_ended() returns trigger language plpgsql as $$
begin
  perform note_workflow_event(new.owner_id, 'generation.ended', jsonb_build_object(
    'generation_id', new.id, 'conversation_id', new.conversation_id, 'message_id', new.message_id, 'status', new.status));
  return null;
end $$;
create trigger generations_note_ended after update of ended_at on generations
  for each row when (new.ended_at is not null and old.ended_at is null) execute function note_generation_ended();
create function note_run_ended() returns trigger language plpgsql as $$
begin
  perform note_workflow_event(new.owner_id, 'run.ended', jsonb_build_object(
    'run_id', new.id, 'workflow_id', new.workflow_id, 'status', new.status, 'chain', new.chain));
  return null;
end $$;
create trigger workflow_runs_note_ended after update of ended_at on workflow_runs
  for each row when (new.ended_at is not null and old.ended_at is null) execute function note_run_ended();
