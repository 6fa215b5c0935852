-- Web search: off until an administrator turns it on and configures a provider.

create table web_search_settings (
  singleton boolean primary key default true check (singleton),
  enabled boolean not null default false,
  -- Leaves out adult content, as far as the provider knows it.
  safe boolean not null default true,
  searches_per_person integer not null check (searches_per_person between 1 and 10000),
  version integer not null default 0,
  updated_at timestamptz not null default now()
);

create table web_search_providers (
  kind text primary key check (kind in ('tavily', 'serpapi', 'brave', 'searxng')),
  -- The first that is switched on is asked; the next one when it cannot answer.
  position integer not null,
  enabled boolean not null,
  base_url text not null check (length(base_url) <= 2000),
  -- An administrator's explicit permission to connect to private and loopback addresses (S34).
  allow_local boolean not null default false,
  -- Encrypted, bound to this row and to the origin of its address: it opens for no other server.
  api_key_sealed text,
  searches_per_hour integer not null check (searches_per_hour between 1 and 100000)
);

-- Whether the person asked for an answer that also uses the web.
alter table generations add column web_search boolean not null default false;
