-- What was unusual about sign-ins, and what people said about it.

create table security_alerts (
  id uuid primary key,
  -- Null where it concerns the whole system: such alerts are for administrators.
  user_id uuid references users (id) on delete cascade,
  -- The gravest of the signals; all of them are in `facts`.
  kind text not null check (kind in
    ('new_device', 'new_country', 'impossible_travel', 'burst', 'unusual_hour', 'password_spraying')),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  -- What was done by policy.
  response text not null check (response in ('notify', 'step_up', 'block')),
  facts jsonb not null default '{}',
  -- Address, network and user agent: may be erased, the alert stays.
  personal jsonb,
  -- Null as long as the sign-in opened no session.
  session_id uuid references sessions (id) on delete set null,
  device_id uuid references devices (id) on delete set null,
  created_at timestamptz not null default now(),
  decision text check (decision in ('confirmed', 'denied')),
  decided_at timestamptz,
  constraint security_alerts_decided_check check ((decision is null) = (decided_at is null))
);
create index security_alerts_user_idx on security_alerts (user_id, id);
create index security_alerts_kind_idx on security_alerts (kind, id);
create index security_alerts_session_idx on security_alerts (session_id);
create index security_alerts_device_idx on security_alerts (device_id);

-- Networks from which passwords are being tried on many accounts; forgotten when they expire.
create table spraying_networks (
  -- An IPv4 address or an IPv6 /64.
  network text primary key,
  accounts integer not null,
  expires_at timestamptz not null
);
create index spraying_networks_expiry_idx on spraying_networks (expires_at);

-- A person's past sign-ins, newest first.
create index sessions_user_idx on sessions (user_id, created_at);
-- Devices that were not seen for long are removed.
create index devices_seen_idx on devices (last_seen_at);

-- Everything an assessment of a sign-in needs to know. A function, because its plans are kept: planning these queries
-- anew would cost a sign-in more than running them. What the person denied is no history; a renewed session goes on
-- under a new id, but keeps the time it began at.
create function sign_in_history(account uuid, agent text, from_network text, max_sign_ins integer, max_alerts integer,
  alert_days integer, failure_minutes integer) returns json language plpgsql stable as $$
begin
  return (
    with past as materialized (
      select s.created_at, s.country, s.delivery = 'body' and s.user_agent = agent as same_program
      from sessions s
      where s.user_id = account and s.end_reason is distinct from 'renewed'
        and not exists (select from security_alerts a join sessions d on d.id = a.session_id
          where a.user_id = account and a.decision = 'denied' and d.created_at = s.created_at)
      order by s.created_at desc limit max_sign_ins
    ), alerts as (
      select facts->'signals' as kinds, extract(epoch from created_at) * 1000 as at_ms, decision,
        facts->>'country' as country, facts->>'previous_country' as previous_country,
        personal->>'network' as network, personal->>'user_agent' as user_agent
      from security_alerts
      where user_id = account and created_at > now() - alert_days * interval '1 day'
        -- A new password answers what was denied.
        and (decision is distinct from 'denied' or decided_at > coalesce(
          (select password_changed_at from users where id = account), '-infinity'))
      order by id desc limit max_alerts
    )
    select json_build_object(
      'past', (select coalesce(json_agg(json_build_array(extract(epoch from created_at) * 1000, country, same_program)
        order by created_at desc), '[]') from past),
      'has_devices', exists (select from devices where user_id = account),
      'device_countries', array(
        select distinct last_country from devices where user_id = account and last_country is not null),
      'failures', (select count(*) from audit_events where subject_id = account and action = 'sign_in'
        and outcome = 'failure' and occurred_at > greatest(now() - failure_minutes * interval '1 minute',
          coalesce((select max(created_at) from past), '-infinity'))),
      'time_zone', (select time_zone from profiles where user_id = account),
      'sprayed_accounts', (select accounts from spraying_networks where network = from_network and expires_at > now()),
      'alerts', (select coalesce(json_agg(alerts), '[]') from alerts)));
end $$;
