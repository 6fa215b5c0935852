-- What people are told of, and how they want to be told.

create table notifications (
  id uuid primary key,
  owner_id uuid not null references users (id) on delete cascade,
  kind text not null
    check (kind in ('approval', 'approval_escalated', 'run_failed', 'run_finished', 'workflow', 'security')),
  -- As it was said in the person's language at that time.
  title text not null,
  body text not null default '',
  -- A page of this program, never another site.
  href text check (href ~ '^/([^/\\[:space:]][^\\[:space:]]*)?$'),
  -- What it is about: nobody is told of the same twice, whatever is repeated after a crash.
  key text,
  read_at timestamptz(3),
  -- Removed by the person. One with a key stays behind without its text, so that the same does not come again.
  deleted_at timestamptz(3),
  created_at timestamptz(3) not null default now()
);
create index notifications_owner_idx on notifications (owner_id, id);
create index notifications_unread_idx on notifications (owner_id, id) where read_at is null and deleted_at is null;
create unique index notifications_key_idx on notifications (key, owner_id) where key is not null;
create index notifications_created_idx on notifications (created_at);
create index notifications_deleted_idx on notifications (deleted_at) where deleted_at is not null and title <> '';

-- Only what differs from the defaults.
create table notification_preferences (
  user_id uuid not null references users (id) on delete cascade,
  kind text not null,
  in_app boolean not null,
  email boolean not null,
  primary key (user_id, kind)
);
