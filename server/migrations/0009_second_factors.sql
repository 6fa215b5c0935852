-- Authenticator apps, backup codes and passkeys.

create table totp_secrets (
  user_id uuid primary key references users (id) on delete cascade,
  -- Sealed; opens only for this person.
  sealed_secret text not null,
  -- The last time step a code was accepted of: each step succeeds once (S13).
  last_step bigint not null,
  confirmed_at timestamptz not null default now()
);

-- A secret that was shown and not proved yet. It opens nothing, and the one in use goes on working beside it.
create table totp_setups (
  user_id uuid primary key references users (id) on delete cascade,
  sealed_secret text not null,
  expires_at timestamptz not null
);
create index totp_setups_expiry_idx on totp_setups (expires_at);

create table backup_codes (
  user_id uuid not null references users (id) on delete cascade,
  -- Printed in front of the code, so that one hash is computed to check it (S14).
  position smallint not null check (position between 0 and 9),
  -- PHC string of argon2id.
  code_hash text not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  primary key (user_id, position)
);

create table passkeys (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  credential_id bytea not null,
  -- COSE key as the authenticator gave it.
  public_key bytea not null,
  -- Must grow with each use where the authenticator counts at all; 0 where it does not.
  sign_count bigint not null,
  -- The site it was made for: it is of no use at another name.
  rp_id text not null,
  name text not null check (length(name) between 1 and 100),
  transports text[] not null default '{}',
  -- May be copied to other devices of the person; fixed at creation (WebAuthn §6.1.3).
  backup_eligible boolean not null,
  backed_up boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  constraint passkeys_credential_key unique (credential_id)
);
create index passkeys_user_idx on passkeys (user_id);

-- Writes down on the account which factors it has and returns them. The account is locked before they are counted: of
-- two changes at once the second sees what the first did. With a factor there is no date left to enrol one by; without
-- one, devices lose the trust that one gave them, so that they do not spare the next one.
create function refresh_second_factors(account uuid) returns text[] language plpgsql volatile as $$
declare
  found_factors text[];
begin
  perform 1 from users where id = account for no key update;
  found_factors := array_remove(array[
    case when exists (select from totp_secrets where user_id = account) then 'totp' end,
    case when exists (select from passkeys where user_id = account) then 'passkey' end,
    case when exists (select from backup_codes where user_id = account and used_at is null) then 'backup_code' end
  ], null);
  update users set second_factors = found_factors,
    second_factor_due_at = case when found_factors && array['totp', 'passkey'] then null else second_factor_due_at end
  where id = account;
  if not found_factors && array['totp', 'passkey'] then
    update devices set trust_level = 'new', trusted_until = null where user_id = account and trust_level <> 'new';
  end if;
  return found_factors;
end $$;
