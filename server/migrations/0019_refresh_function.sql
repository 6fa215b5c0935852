-- A refresh as a function, for the reason that a sign-in is one: planning it anew each time cost PostgreSQL more than
-- carrying it out.

-- Consumes a refresh token, stores its successor and the event: of any number of parallel attempts exactly one gets a row.
-- `demanded_of`: of these roles a second factor is demanded; whose time for it is over may do nothing else from now on.
create function rotate_refresh_token(
  p_hash bytea, p_successor bytea, p_idle_seconds integer, p_address text, p_user_agent text, p_demanded_of text[],
  p_event uuid, p_digest bytea, p_salt bytea, p_personal jsonb)
returns table (session_id uuid, user_id uuid, user_version integer, delivery text, idle_expires_at timestamptz,
  expires_at timestamptz, restricted_now boolean)
language plpgsql volatile as $$
declare
  device uuid;
begin
  update refresh_tokens t set used_at = now()
  from sessions s join users u on u.id = s.user_id
  where t.token_hash = p_hash and t.used_at is null and t.expires_at > now() and s.id = t.session_id
    and s.ended_at is null and s.expires_at > now() and s.idle_expires_at > now()
    and u.status = 'active' and u.session_version = s.user_version
  returning s.id, s.restriction is null and u.role = any(p_demanded_of) and u.second_factor_due_at <= now()
    and not u.second_factors && array['totp', 'passkey']
  into session_id, restricted_now;
  if not found then
    return;
  end if;
  update sessions s set last_seen_at = now(), ip_address = p_address, user_agent = p_user_agent,
    idle_expires_at = least(s.expires_at, now() + p_idle_seconds * interval '1 second'),
    restriction = case when restricted_now then 'enrol_second_factor' else s.restriction end
  where s.id = rotate_refresh_token.session_id and s.ended_at is null
  returning s.user_id, s.device_id, s.user_version, s.delivery, s.idle_expires_at, s.expires_at
  into user_id, device, user_version, delivery, idle_expires_at, expires_at;
  -- Ended since the token was looked at: it is used up, and nothing comes of it.
  if not found then
    return;
  end if;
  insert into refresh_tokens (token_hash, session_id, parent_hash, expires_at)
  values (p_successor, rotate_refresh_token.session_id, p_hash, rotate_refresh_token.idle_expires_at);
  perform record_audit_event(p_event, 'session.refreshed', 'success', rotate_refresh_token.user_id,
    rotate_refresh_token.user_id, rotate_refresh_token.session_id, device, 'refresh_token', null, '{}', p_digest, p_salt,
    p_personal);
  return next;
end $$;

-- Each refresh notes when a session was last seen. With that time in an index the row moved in all its indexes; one
-- person's live sessions are few and sorted as they are read.
drop index sessions_live_idx;
create index sessions_live_idx on sessions (user_id) where ended_at is null;
alter table sessions set (fillfactor = 80);
