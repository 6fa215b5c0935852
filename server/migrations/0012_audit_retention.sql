-- Evidence that can be looked through, counted, and given up after its time without breaking the chain; people that can
-- be found among a million.

-- Lists are read newest first, by whatever they are filtered.
create index audit_events_time_idx on audit_events (occurred_at, id);
create index audit_events_actor_idx on audit_events (actor_id, occurred_at) where actor_id is not null;
create index audit_events_failure_idx on audit_events (occurred_at, id) where outcome = 'failure';
-- When somebody signed in last.
create index audit_events_sign_in_idx on audit_events (subject_id, occurred_at)
  where action = 'sign_in' and outcome = 'success';
create index audit_personal_address_idx on audit_personal ((data ->> 'address'), event_id);
create index audit_personal_email_idx on audit_personal ((data ->> 'email') text_pattern_ops)
  where data ->> 'email' is not null;

-- Up to `position` the chain was given up; the next link continues `hash`. What makes a checkpoint one is its MAC: the
-- key is not in the database, so whoever can write here can remove rows but cannot make the gap look intended. Without
-- the checkpoint of a gap, or with one that was not sealed by the program, the verification reports it. Triggers and the
-- function below keep mistakes away; they are no defence against the owner of the database, the MACs are.
create table audit_checkpoints (
  position bigint primary key,
  hash bytea not null,
  key_id text not null,
  mac bytea not null,
  created_at timestamptz not null default now()
);
create trigger audit_checkpoints_append_only before update or delete on audit_checkpoints
  for each row execute function audit_refuse_change();
create trigger audit_checkpoints_no_truncate before truncate on audit_checkpoints
  for each statement execute function audit_refuse_change();

-- The only way to remove whole events: from the beginning, up to a link that exists, and never the newest one. The
-- setting tells the triggers which removal is under way; a link must lie before its checkpoint, and an event may go only
-- together with its link.
create function audit_remove_through(through bigint, through_hash bytea, sealing_key text, seal bytea)
returns bigint language plpgsql volatile as $$
declare
  removed bigint;
begin
  if not exists (select from audit_chain where position = through and hash = through_hash)
    or not exists (select from audit_chain where position > through) then
    raise exception 'a checkpoint must name a link before the newest one' using errcode = 'insufficient_privilege';
  end if;
  insert into audit_checkpoints (position, hash, key_id, mac) values (through, through_hash, sealing_key, seal);
  perform set_config('aiwfe.audit_removal', through::text, true);
  with links as (
    delete from audit_chain where position <= through returning event_id
  ), personal as (
    delete from audit_personal p using links l where p.event_id = l.event_id
  )
  delete from audit_events e using links l where e.id = l.event_id;
  get diagnostics removed = row_count;
  perform set_config('aiwfe.audit_removal', '', true);
  return removed;
end $$;

create function audit_refuse_removal() returns trigger language plpgsql as $$
declare
  through bigint := nullif(current_setting('aiwfe.audit_removal', true), '')::bigint;
begin
  if through is not null and exists (select from audit_checkpoints where position = through) then
    if tg_table_name = 'audit_events' then
      return old;
    elsif old.position <= through then
      return old;
    end if;
  end if;
  raise exception 'audit rows are append-only' using errcode = 'insufficient_privilege';
end $$;

drop trigger audit_events_append_only on audit_events;
drop trigger audit_chain_append_only on audit_chain;
create trigger audit_events_append_only before update on audit_events
  for each row execute function audit_refuse_change();
create trigger audit_chain_append_only before update on audit_chain
  for each row execute function audit_refuse_change();
create trigger audit_events_no_delete before delete on audit_events
  for each row execute function audit_refuse_removal();
create trigger audit_chain_no_delete before delete on audit_chain
  for each row execute function audit_refuse_removal();

-- How often what happened, by quarters of an hour: charts over weeks must not read a million events. Names nobody.
create table audit_counts (
  bucket timestamptz not null,
  action text not null,
  outcome text not null,
  factor text not null,
  code text not null,
  events bigint not null,
  primary key (bucket, action, outcome, factor, code)
);
-- One row: everything before `counted_until` is in `audit_counts`.
create table audit_counts_state (
  id boolean primary key default true check (id),
  counted_until timestamptz not null
);

-- People are found by the beginning of any word of their name or address.
create function person_search_words(email text, name text) returns tsvector
language sql immutable parallel safe
return to_tsvector('simple', translate(lower(name || ' ' || email), '@.,;:_+-/\&''"()[]<>=?!#%*|~^`{}', repeat(' ', 40)));
create index users_search_idx on users using gin (person_search_words(email_canonical, display_name));
create index users_email_prefix_idx on users (email_canonical text_pattern_ops);
create index users_elevated_idx on users (role, id) where role <> 'user';
create index users_inactive_idx on users (status, id) where status <> 'active';
create index sessions_live_newest_idx on sessions (id) where ended_at is null;

-- There is always somebody who can administer everything. Whoever changes superusers waits for whoever else does.
create function users_keep_superuser() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.role = 'superuser' and new.status = 'active' then
    return new;
  end if;
  perform pg_advisory_xact_lock(7103441911);
  if not exists (select from users where role = 'superuser' and status = 'active' and id <> old.id) then
    raise exception 'the last active superuser stays' using errcode = 'integrity_constraint_violation';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger users_keep_superuser before update of role, status or delete on users
  for each row when (old.role = 'superuser' and old.status = 'active') execute function users_keep_superuser();

-- Idempotency-Key of accounts that administrators create: a repeated request finds the account of the first.
create table account_creations (
  actor_id uuid not null references users (id) on delete cascade,
  key text not null,
  request_hash text not null,
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (actor_id, key)
);
create index account_creations_user_idx on account_creations (user_id);
create index account_creations_age_idx on account_creations (created_at);
