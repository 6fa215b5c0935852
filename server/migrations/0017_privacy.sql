-- What people decide about their data: copies of it, consent, and the end of the account.

create table privacy_exports (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  status text not null default 'waiting' check (status in ('waiting', 'running', 'ready', 'failed', 'expired')),
  -- The run that may finish it; another run's outcome matches no row.
  attempt integer not null default 0,
  -- Generated name in the store of exports.
  file_key text unique,
  size_bytes bigint,
  error_code text,
  error_detail text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  expires_at timestamptz,
  constraint privacy_exports_file_check check ((status = 'ready') = (file_key is not null))
);
create index privacy_exports_user_idx on privacy_exports (user_id, id);
create index privacy_exports_expiry_idx on privacy_exports (expires_at) where status = 'ready';
-- One under way per person.
create unique index privacy_exports_running_idx on privacy_exports (user_id) where status in ('waiting', 'running');

-- Each decision; the last one of a purpose counts.
create table consent_decisions (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  purpose text not null,
  -- Of the text that was shown.
  version integer not null,
  granted boolean not null,
  decided_at timestamptz not null default now()
);
create index consent_decisions_user_idx on consent_decisions (user_id, purpose, id);

-- Accounts that are to be deleted. The row goes with the account; what stays is the proof.
create table account_deletions (
  id uuid primary key,
  user_id uuid not null unique references users (id) on delete cascade,
  requested_by uuid references users (id) on delete set null,
  by_administrator boolean not null,
  requested_at timestamptz not null default now(),
  due_at timestamptz not null,
  state text not null default 'scheduled' check (state in ('scheduled', 'revoked')),
  -- The durable run; another one follows when it failed.
  run_id uuid,
  run_at timestamptz,
  revoked_at timestamptz,
  proof_id text,
  -- How much there was of each kind when the account was closed.
  counts jsonb,
  constraint account_deletions_revoked_check check ((state = 'revoked') = (proof_id is not null))
);
create index account_deletions_due_idx on account_deletions (due_at);
create index account_deletions_requester_idx on account_deletions (requested_by);

-- What the installation certifies about a deletion: a pseudonym, times and counts, no name and no address.
create table deletion_proofs (
  -- 128 random bits: whoever knows it may read the proof.
  id text primary key,
  -- The very text that is sealed.
  statement text not null,
  key_id text not null,
  mac bytea not null,
  created_at timestamptz not null default now()
);

-- Who does not want it keeps no country with their sign-ins, by whichever way a row is written.
create function refuses_sign_in_location(account uuid) returns boolean language sql stable as $$
  select coalesce((
    select not granted from consent_decisions
    where user_id = account and purpose = 'sign_in_location' order by id desc limit 1), false)
$$;
create function forget_session_country() returns trigger language plpgsql as $$
begin
  if refuses_sign_in_location(new.user_id) then new.country := null; end if;
  return new;
end $$;
create trigger sessions_country_by_consent before insert or update of country on sessions
  for each row when (new.country is not null) execute function forget_session_country();
create function forget_device_country() returns trigger language plpgsql as $$
begin
  if refuses_sign_in_location(new.user_id) then new.last_country := null; end if;
  return new;
end $$;
create trigger devices_country_by_consent before insert or update of last_country on devices
  for each row when (new.last_country is not null) execute function forget_device_country();
create function forget_alert_country() returns trigger language plpgsql as $$
begin
  if refuses_sign_in_location(new.user_id) then
    new.facts := new.facts - 'country' - 'previous_country';
  end if;
  return new;
end $$;
create trigger security_alerts_country_by_consent before insert or update of facts on security_alerts
  for each row when (new.user_id is not null and new.facts ?| array['country', 'previous_country'])
  execute function forget_alert_country();
