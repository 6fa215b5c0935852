-- What a sign-in may demand beyond the first factor, and what a session may do.

alter table users
  -- Methods the person can answer a second-factor challenge with; kept by the factors' own features in the transaction
  -- that changes them, so that a sign-in need not ask each of them.
  add column second_factors text[] not null default '{}',
  -- By then a second factor must be enrolled where policy demands one; set at the first sign-in under that policy.
  add column second_factor_due_at timestamptz,
  -- Until the password was changed, sessions may do nothing else.
  add column must_change_password boolean not null default false;

alter table sessions
  -- A restricted session may do one thing only: routes that say `whileRestricted`.
  add column restriction text check (restriction in ('enrol_second_factor', 'change_password')),
  -- Last use of a full set of factors: sensitive actions want one of the last five minutes (S9).
  add column stepped_up_at timestamptz,
  -- ISO 3166-1 alpha-2, from offline data; null where it is not known.
  add column country text;

alter table devices
  add column last_country text;

-- Proofs that are under way: second factors at sign-in, WebAuthn ceremonies, codes by mail. Consumed once.
create table challenges (
  -- SHA-256 of the random value that the client holds.
  token_hash bytea primary key,
  purpose text not null,
  user_id uuid references users (id) on delete cascade,
  -- SHA-256 of the session or pre-session id it was begun in (S15); null for programs without cookies.
  binding_hash bytea,
  data jsonb not null default '{}',
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index challenges_expiry_idx on challenges (expires_at);
create index challenges_user_idx on challenges (user_id);

-- One row: what administrators decided about sign-in. What is not in it has the default of the code.
create table security_policies (
  id boolean primary key default true check (id),
  policy jsonb not null,
  version integer not null default 1,
  updated_at timestamptz not null default now(),
  updated_by uuid
);
