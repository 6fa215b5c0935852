-- Which model does which job for whom, what models were used for, and how much people may use.

create table model_slot_assignments (
  id uuid primary key default gen_random_uuid(),
  slot text not null check (length(slot) between 1 and 60),
  level text not null check (level in ('system', 'role', 'person', 'conversation')),
  role text check (role in ('user', 'admin', 'superuser')),
  -- The person, or the owner of the conversation.
  user_id uuid references users (id) on delete cascade,
  conversation_id uuid references conversations (id) on delete cascade,
  -- Temperature, limits and the like; checked when they are stored.
  options jsonb not null default '{}',
  -- Nothing more personal counts.
  locked boolean not null default false,
  -- Why nothing is assigned, where there is more to say than that nothing is.
  note text,
  updated_at timestamptz not null default now(),
  constraint model_slot_assignments_place_check check (
    (role is not null) = (level = 'role')
    and (user_id is not null) = (level in ('person', 'conversation'))
    and (conversation_id is not null) = (level = 'conversation')),
  constraint model_slot_assignments_locked_check check (not locked or level in ('system', 'role')),
  constraint model_slot_assignments_key unique nulls not distinct (slot, level, role, user_id, conversation_id)
);
create index model_slot_assignments_user_idx on model_slot_assignments (user_id) where user_id is not null;
create index model_slot_assignments_conversation_idx on model_slot_assignments (conversation_id)
  where conversation_id is not null;

-- The models of an assignment: the first does the job, the others in their order when it fails before its first word.
create table model_slot_choices (
  assignment_id uuid not null references model_slot_assignments (id) on delete cascade,
  position smallint not null check (position >= 0),
  provider_id uuid not null references model_providers (id) on delete cascade,
  model text not null check (length(model) between 1 and 300),
  primary key (assignment_id, position)
);
create index model_slot_choices_provider_idx on model_slot_choices (provider_id);

insert into model_slot_assignments (slot, level, note, updated_at)
  select slot, 'system', note, updated_at from model_assignments;
insert into model_slot_choices (assignment_id, position, provider_id, model)
  select s.id, 0, a.provider_id, a.model from model_assignments a join model_slot_assignments s on s.slot = a.slot
  where a.provider_id is not null;
drop table model_assignments;

-- One row per person, day, job and model. Without a person: what the installation does for itself, such as indexing.
create table model_usage (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references users (id) on delete cascade,
  -- In UTC.
  day date not null,
  slot text not null,
  -- No foreign key: what was used stays when the provider goes.
  provider_id uuid not null,
  provider_name text not null,
  model text not null,
  calls bigint not null default 0,
  failed_calls bigint not null default 0,
  -- Calls whose tokens nobody told us: they are estimates.
  estimated_calls bigint not null default 0,
  prompt_tokens bigint not null default 0,
  completion_tokens bigint not null default 0,
  duration_ms bigint not null default 0,
  constraint model_usage_key unique nulls not distinct (user_id, day, slot, provider_id, model)
);
create index model_usage_day_idx on model_usage (day);

-- Tokens that people may use. A person's row replaces that of the role; null is no limit.
create table model_quotas (
  id uuid primary key default gen_random_uuid(),
  role text check (role in ('user', 'admin', 'superuser')),
  user_id uuid references users (id) on delete cascade,
  tokens_per_day bigint check (tokens_per_day >= 0),
  tokens_per_month bigint check (tokens_per_month >= 0),
  updated_at timestamptz not null default now(),
  constraint model_quotas_whose_check check ((role is null) <> (user_id is null)),
  constraint model_quotas_key unique nulls not distinct (role, user_id)
);
create index model_quotas_user_idx on model_quotas (user_id) where user_id is not null;

-- Requests that a provider works on at once; null is the default of its kind.
alter table model_providers add column max_concurrent integer check (max_concurrent between 1 and 256);
