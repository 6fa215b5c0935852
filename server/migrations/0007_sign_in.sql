-- Makes room for one more session: the least recently used ones beyond `keep` end (S22). A row for each, and one
-- with nothing where there was room; no row at all when the account is not active or no longer of this version.
-- A function, because the caller's statement is one: what it sees was fixed when it began, whereas each statement in
-- here sees what was committed while it waited for the account's lock. So the limit is exact for sign-ins at once.
create function make_room_for_session(account uuid, version integer, keep integer)
returns table (ended_session uuid) language plpgsql volatile as $$
begin
  perform 1 from users where id = account and session_version = version and status = 'active' for update;
  if not found then
    return;
  end if;
  return query
    update sessions set ended_at = now(), end_reason = 'too_many' where id in (
      select id from sessions where user_id = account and ended_at is null
      order by last_seen_at desc, id desc offset keep)
    returning id;
  if not found then
    return query select null::uuid;
  end if;
end $$;
