-- Certificates of people's devices. The leaf alone says who it is: nothing of its text is ever read back.
create table client_certificates (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  device_id uuid references devices (id) on delete set null,
  name text not null check (length(name) between 1 and 100),
  -- Lower-case hexadecimal, for the revocation list.
  serial text not null unique,
  -- SHA-256 of the DER.
  fingerprint bytea not null unique,
  created_at timestamptz not null default now(),
  not_after timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revocation_reason text,
  constraint client_certificates_revocation_check check ((revoked_at is null) = (revocation_reason is null))
);
create index client_certificates_user_idx on client_certificates (user_id, created_at);

-- A revoked certificate stays on the list until it would have expired, also when its account is gone.
create table certificate_revocations (
  serial text primary key,
  revoked_at timestamptz not null default now(),
  not_after timestamptz not null
);

-- Numbers of revocation lists only grow (RFC 5280 §5.2.3).
create sequence certificate_revocation_list_numbers;

-- Which certificate opened a session: revoking it ends the session.
alter table sessions add column certificate_id uuid references client_certificates (id) on delete set null;
create index sessions_certificate_idx on sessions (certificate_id) where certificate_id is not null;
