-- Chat modes: ways to answer that are more than one question to one model. All but the simple one run as workflows.

alter table conversations add column mode text not null default 'simple' check (length(mode) between 1 and 40);
alter table messages add column mode text not null default 'simple' check (length(mode) between 1 and 40),
  -- The run behind an answer. No foreign key: the message outlives it.
  add column run_id uuid;
alter table generations add column mode text not null default 'simple' check (length(mode) between 1 and 40),
  add column run_id uuid;

-- A workflow that this program keeps for a person: made from their settings, changed by nobody else.
alter table workflows add column builtin text check (length(builtin) between 1 and 40);
create unique index workflows_builtin_idx on workflows (owner_id, builtin) where builtin is not null;

-- The answer that a run writes; it goes with the conversation, whose texts it holds.
alter table workflow_runs
  add column conversation_id uuid references conversations (id) on delete cascade,
  add column generation_id uuid;
create index workflow_runs_conversation_idx on workflow_runs (conversation_id) where conversation_id is not null;
create unique index workflow_runs_generation_idx on workflow_runs (generation_id) where generation_id is not null;

-- What a person changed about an expert of the expert group; without a row everything is as it comes.
create table chat_mode_experts (
  owner_id uuid not null references users (id) on delete cascade,
  expert text not null check (length(expert) between 1 and 60),
  enabled boolean not null default true,
  -- In place of the instructions that it comes with.
  prompt text check (length(prompt) <= 8000),
  updated_at timestamptz(3) not null default now(),
  primary key (owner_id, expert)
);

-- What a person said about a tool that chat modes may use; without a row reading is allowed and writing is asked about.
create table chat_mode_tools (
  owner_id uuid not null references users (id) on delete cascade,
  tool text not null check (length(tool) between 1 and 100),
  permission text not null check (permission in ('ask', 'allow', 'off')),
  updated_at timestamptz(3) not null default now(),
  primary key (owner_id, tool)
);
