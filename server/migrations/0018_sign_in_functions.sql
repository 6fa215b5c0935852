-- The two statements of a sign-in as functions: planning them as one large statement each time cost PostgreSQL more than
-- carrying them out. Plans of what is in a function are kept by each connection.

-- Counts an attempt for each key, all in one order, so that two attempts never wait for each other crosswise. When one
-- of them is blocked nothing is counted, and the seconds to wait are returned.
create function count_attempts(
  p_keys text[], p_free integer[], p_first_delay integer[], p_max_delay integer[], p_forget integer[])
returns table (wait_seconds double precision, counted text[]) language plpgsql volatile as $$
declare
  at integer;
begin
  counted := '{}';
  select max(extract(epoch from c.blocked_until - now())) into wait_seconds
  from throttle_counters c where c.key = any(p_keys) and c.blocked_until > now();
  if wait_seconds is null then
    for at in select i from generate_subscripts(p_keys, 1) i order by p_keys[i] loop
      insert into throttle_counters as c (key, attempts) values (p_keys[at], 1)
      on conflict (key) do update set
        attempts = next_attempts(c.attempts, c.updated_at, p_forget[at]),
        blocked_until = case when next_attempts(c.attempts, c.updated_at, p_forget[at]) > p_free[at] then
          now() + interval '1 second' * least(p_max_delay[at], p_first_delay[at]
            * power(2, least(next_attempts(c.attempts, c.updated_at, p_forget[at]) - p_free[at] - 1, 20))) end,
        updated_at = now()
      where c.blocked_until is null or c.blocked_until <= now();
      -- Somebody else's attempt was counted meanwhile and blocked this one.
      if found then counted := counted || p_keys[at]; else wait_seconds := 1; end if;
    end loop;
  end if;
  return next;
end $$;

-- After enough quiet the counting begins anew.
create function next_attempts(attempts integer, updated_at timestamptz, forget integer)
returns integer language sql stable as $$
  select case when updated_at < now() - forget * interval '1 second' then 1 else attempts + 1 end
$$;

-- Takes a successful attempt back: what is forgiven starts afresh, the others get one attempt back.
create function take_back_attempts(p_forgiven text[], p_relieved text[])
returns void language plpgsql volatile as $$
begin
  perform 1 from throttle_counters where key = any(p_forgiven || p_relieved) order by key for update;
  delete from throttle_counters where key = any(p_forgiven);
  update throttle_counters set attempts = greatest(attempts - 1, 0) where key = any(p_relieved);
end $$;

-- Finds account and device of an attempt and counts it: the same work whether the account exists or not (S5). A budget
-- with a device counts where the attempt comes from that device; one without, where it comes from no trusted one (S7).
create function begin_sign_in(
  p_email text, p_device_hashes bytea[], p_keys text[], p_key_devices bytea[], p_free integer[],
  p_first_delay integer[], p_max_delay integer[], p_forget integer[])
returns table (account_id uuid, device_id uuid, device_trusted boolean, device_created_at timestamptz,
  device_country text, device_address text, wait_seconds double precision, counted text[])
language plpgsql volatile as $$
declare
  device_hash bytea;
  wanted integer[];
begin
  select u.id into account_id from users u where u.email_canonical = p_email;
  select d.id, d.token_hash, d.trust_level <> 'new' and (d.trusted_until > now()) is true, d.created_at, d.last_country,
    d.last_address
  into device_id, device_hash, device_trusted, device_created_at, device_country, device_address
  from devices d where d.user_id = account_id and d.token_hash = any(p_device_hashes) limit 1;
  wanted := array(
    select i from generate_subscripts(p_keys, 1) i
    where case when p_key_devices[i] is null then device_trusted is not true else p_key_devices[i] = device_hash end);
  select c.wait_seconds, c.counted into wait_seconds, counted from count_attempts(
    array(select p_keys[i] from unnest(wanted) i), array(select p_free[i] from unnest(wanted) i),
    array(select p_first_delay[i] from unnest(wanted) i), array(select p_max_delay[i] from unnest(wanted) i),
    array(select p_forget[i] from unnest(wanted) i)) c;
  return next;
end $$;

-- Stores one audit event, its personal part and its place in the queue for sealing.
create function record_audit_event(
  p_id uuid, p_action text, p_outcome text, p_actor uuid, p_subject uuid, p_session uuid, p_device uuid, p_factor text,
  p_code text, p_details jsonb, p_digest bytea, p_salt bytea, p_personal jsonb)
returns void language plpgsql volatile as $$
begin
  insert into audit_events
    (id, action, outcome, actor_id, subject_id, session_id, device_id, factor, code, personal_digest, details)
  values (p_id, p_action, p_outcome, p_actor, p_subject, p_session, p_device, p_factor, p_code, p_digest, p_details);
  if p_personal is not null then
    insert into audit_personal (event_id, salt, data) values (p_id, p_salt, p_personal);
  end if;
  insert into audit_unsealed (event_id) values (p_id);
end $$;

-- Notes the browser of a sign-in and returns its id: one that the person has used before by one of these hashes, or a
-- new one by its own random value (S20).
create function register_device(
  p_account uuid, p_known_hashes bytea[], p_new_id uuid, p_new_hash bytea, p_address text, p_user_agent text,
  p_country text, p_trust text, p_trust_days integer)
returns uuid language plpgsql volatile as $$
declare
  registered uuid;
  until timestamptz := now() + p_trust_days * interval '1 day';
begin
  update devices d set last_seen_at = now(), last_address = p_address, user_agent = p_user_agent,
    last_country = coalesce(p_country, d.last_country), trust_level = coalesce(p_trust, d.trust_level),
    trusted_until = coalesce(until, d.trusted_until)
  where d.user_id = p_account and d.token_hash = any(p_known_hashes)
  returning d.id into registered;
  if registered is null then
    insert into devices (id, user_id, token_hash, user_agent, last_address, last_country, trust_level, trusted_until)
    values (p_new_id, p_account, p_new_hash, p_user_agent, p_address, p_country, coalesce(p_trust, 'new'), until);
    registered := p_new_id;
  end if;
  return registered;
end $$;

-- Opens a session with its first refresh token, device and evidence, and ends the least recently used ones beyond the
-- limit (S22). No row when the account is not active any more or no longer of this version.
create function open_session(
  p_id uuid, p_account uuid, p_version integer, p_keep integer, p_delivery text, p_factors text[],
  p_idle_seconds integer, p_max_seconds integer, p_refresh_hash bytea, p_address text, p_user_agent text,
  p_restriction text, p_stepped_up boolean, p_country text,
  p_known_hashes bytea[], p_new_device uuid, p_new_device_hash bytea, p_trust text, p_trust_days integer,
  p_forgiven text[], p_relieved text[], p_due_changes boolean, p_due_at timestamptz,
  p_event uuid, p_digest bytea, p_salt bytea, p_personal jsonb)
returns table (idle_expires_at timestamptz, expires_at timestamptz, device_id uuid, evicted uuid[])
language plpgsql volatile as $$
declare
  room integer;
begin
  select count(*), coalesce(array_agg(r.ended_session) filter (where r.ended_session is not null), '{}')
  into room, evicted from make_room_for_session(p_account, p_version, p_keep) r;
  if room = 0 then
    return;
  end if;
  if p_new_device is not null then
    device_id := register_device(p_account, p_known_hashes, p_new_device, p_new_device_hash, p_address, p_user_agent,
      p_country, p_trust, p_trust_days);
  end if;
  idle_expires_at := now() + least(p_idle_seconds, p_max_seconds) * interval '1 second';
  expires_at := now() + p_max_seconds * interval '1 second';
  insert into sessions (id, user_id, device_id, user_version, delivery, factors, idle_expires_at, expires_at,
    ip_address, user_agent, restriction, stepped_up_at, country)
  values (p_id, p_account, open_session.device_id, p_version, p_delivery, p_factors, open_session.idle_expires_at,
    open_session.expires_at, p_address, p_user_agent, p_restriction, case when p_stepped_up then now() end, p_country);
  insert into refresh_tokens (token_hash, session_id, expires_at)
  values (p_refresh_hash, p_id, open_session.idle_expires_at);
  if p_forgiven <> '{}' or p_relieved <> '{}' then
    perform take_back_attempts(p_forgiven, p_relieved);
  end if;
  if p_due_changes then
    update users set second_factor_due_at = p_due_at where id = p_account;
  end if;
  perform record_audit_event(p_event, 'sign_in', 'success', p_account, p_account, p_id, open_session.device_id,
    array_to_string(p_factors, '+'), null, jsonb_build_object('ended_sessions', cardinality(evicted)), p_digest, p_salt,
    p_personal);
  return next;
end $$;
