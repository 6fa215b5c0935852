-- Who signs people in for us (OpenID providers), and which of their people are ours.

create table oauth_providers (
  -- Part of the redirect URI that the provider knows, so it never changes.
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  preset text not null check (preset in ('google', 'openid')),
  name text not null check (length(name) between 1 and 100),
  -- As OpenID Connect Discovery demands it: what every token must name as its issuer.
  issuer text not null check (length(issuer) <= 2000),
  client_id text not null check (length(client_id) between 1 and 500),
  -- Encrypted, bound to this row and to the issuer: it opens for no other server.
  client_secret_sealed text,
  scopes text[] not null,
  -- An administrator's explicit permission to connect to private and loopback addresses (S34).
  allow_local boolean not null default false,
  -- The provider hands out its own addresses only, so one of which it says nothing counts as verified.
  trust_email boolean not null default false,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint oauth_providers_name_key unique (name),
  constraint oauth_providers_issuer_key unique (issuer)
);

-- Somebody's account elsewhere: issuer and subject, and nothing else, say who it is (S33).
create table user_identities (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  -- Null when the provider was removed; adding the same issuer again makes the identity usable again.
  provider_id text references oauth_providers (id) on delete set null,
  issuer text not null,
  subject text not null,
  -- The address at the provider when it was last used, for people to tell their identities apart; decides nothing.
  email text,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  constraint user_identities_subject_key unique (issuer, subject)
);
create index user_identities_user_idx on user_identities (user_id);
create index user_identities_provider_idx on user_identities (provider_id);
