-- A run writes in few statements, as functions, so that their plans are kept: planning them anew each time cost PostgreSQL
-- more than carrying them out.

-- The executor that a stored start is meant for, while that one lives: it begins at once, without asking anybody.
alter table workflow_starts add column executor_id text;

-- Takes a run for a segment, unless it rests, has ended, or is carried by a later one: then there is no row. Not waited for
-- on disk: whatever the attempt stores is written after it and takes it along.
create function take_workflow_run(the_run uuid, the_segment uuid) returns table (
  attempt integer, last_seq integer, stop_requested boolean, pause_requested boolean, run jsonb, steps jsonb,
  last_number integer)
language plpgsql volatile as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  perform from workflow_runs r
  where r.id = the_run and r.segment_id = the_segment and r.status in ('queued', 'running')
  for no key update;
  if not found then
    return;
  end if;
  update streams s set attempt = s.attempt + 1, last_seq = s.last_seq + 1, heartbeat_at = now()
  where s.id = the_run and s.ended_at is null
  returning s.attempt, s.last_seq, s.stop_requested_at is not null into attempt, last_seq, stop_requested;
  if not found then
    return;
  end if;
  insert into stream_events (stream_id, seq, type, data)
  values (the_run, take_workflow_run.last_seq, 'run', jsonb_build_object('status', 'running', 'attempt',
    take_workflow_run.attempt));
  update workflow_runs r set status = 'running', started_at = coalesce(r.started_at, now()),
    idle_starts = r.idle_starts + 1
  where r.id = the_run
  returning to_jsonb(r), r.pause_requested into run, pause_requested;
  select coalesce(jsonb_agg(to_jsonb(s) order by s.number), '[]') into steps
  from workflow_run_steps s where s.run_id = the_run and s.status in ('pending', 'running', 'waiting');
  select coalesce(max(s.number), 0) into last_number from workflow_run_steps s where s.run_id = the_run;
  return next;
end $$;

-- Steps as the run left them. A value is in a box, so that nothing and null are told apart; times are milliseconds ago.
create function store_workflow_steps(the_run uuid, steps jsonb) returns void language sql volatile as $$
  insert into workflow_run_steps as s (run_id, number, node_id, frame, item_path, status, attempt, input, output, port,
    error, input_tokens, output_tokens, progress, waits_for, wake_at, resolution, created_at, started_at, ended_at)
  select the_run, n.number, n.node_id, n.frame, n.item_path, n.status, n.attempt, n.input -> 'v', n.output -> 'v', n.port,
    n.error, n.input_tokens, n.output_tokens, n.progress, n.waits_for, n.wake_at, n.resolution,
    now() - coalesce(n.created_ago, 0) * interval '1 millisecond', now() - n.started_ago * interval '1 millisecond',
    now() - n.ended_ago * interval '1 millisecond'
  from jsonb_to_recordset(steps) as n (number integer, node_id text, frame text, item_path text, status text,
    attempt integer, input jsonb, output jsonb, port text, error jsonb, input_tokens integer, output_tokens integer,
    progress jsonb, waits_for jsonb, wake_at timestamptz, resolution jsonb, created_ago float8, started_ago float8,
    ended_ago float8)
  on conflict (run_id, number) do update set status = excluded.status, attempt = excluded.attempt,
    input = coalesce(excluded.input, s.input), output = excluded.output, port = excluded.port, error = excluded.error,
    input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, progress = excluded.progress,
    waits_for = excluded.waits_for, wake_at = excluded.wake_at, resolution = excluded.resolution,
    started_at = coalesce(s.started_at, excluded.started_at), ended_at = excluded.ended_at
$$;

create function append_workflow_events(the_run uuid, last_seq integer, events jsonb) returns void
language sql volatile as $$
  insert into stream_events (stream_id, seq, type, data)
  select the_run, last_seq - jsonb_array_length(events) + e.position, e.event ->> 'type', e.event -> 'data'
  from jsonb_array_elements(events) with ordinality as e (event, position)
$$;

-- What a run did since it was last stored. No row, and nothing changed, when another attempt has the run.
create function store_workflow_turn(
  the_run uuid, the_attempt integer, steps jsonb, events jsonb, more_steps integer, more_tokens integer, more_ms bigint)
returns table (last_seq integer, used_steps integer, used_tokens integer, used_ms bigint)
language plpgsql volatile as $$
begin
  -- The run first, then its stream: in this order nobody waits for anybody in a circle.
  perform from workflow_runs r where r.id = the_run for no key update;
  update streams s set last_seq = s.last_seq + jsonb_array_length(events), heartbeat_at = now()
  where s.id = the_run and s.attempt = the_attempt and s.ended_at is null
  returning s.last_seq into last_seq;
  if not found then
    return;
  end if;
  update workflow_runs r set used_steps = r.used_steps + more_steps, used_tokens = r.used_tokens + more_tokens,
    used_ms = r.used_ms + more_ms, idle_starts = case when more_steps > 0 then 0 else r.idle_starts end
  where r.id = the_run
  returning r.used_steps, r.used_tokens, r.used_ms into used_steps, used_tokens, used_ms;
  perform store_workflow_steps(the_run, steps);
  perform append_workflow_events(the_run, store_workflow_turn.last_seq, events);
  return next;
end $$;

-- Ends a run with all that led to it: its state, what is left of its steps and approvals, its last event. The output is of
-- the last of `end_nodes` that was reached, else of the last step outside of loops and branches.
create function end_workflow_run(
  the_run uuid, the_attempt integer, steps jsonb, events jsonb, more_steps integer, more_tokens integer, more_ms bigint,
  end_status text, end_error jsonb, end_nodes text[])
returns table (last_seq integer, output jsonb, withdrawn uuid[], trigger_id uuid)
language plpgsql volatile as $$
begin
  perform from workflow_runs r where r.id = the_run for no key update;
  update streams s set last_seq = s.last_seq + jsonb_array_length(events), heartbeat_at = now(), ended_at = now()
  where s.id = the_run and s.attempt = the_attempt and s.ended_at is null
  returning s.last_seq into last_seq;
  if not found then
    return;
  end if;
  perform store_workflow_steps(the_run, steps);
  if end_status = 'succeeded' then
    select s.output into output from workflow_run_steps s
    where s.run_id = the_run and s.status = 'succeeded' and s.frame = ''
    order by (s.node_id = any(end_nodes)) desc, s.ended_at desc, s.number desc limit 1;
  else
    update workflow_run_steps s set status = 'cancelled', wake_at = null, ended_at = now()
    where s.run_id = the_run and s.status in ('pending', 'running', 'waiting');
    with gone as (
      update workflow_approvals a set status = 'cancelled', decided_at = now()
      where a.run_id = the_run and a.status = 'pending' returning a.id)
    select array_agg(g.id) into withdrawn from gone g;
  end if;
  update workflow_runs r set status = end_status, output = end_workflow_run.output, error = end_error,
    pause_requested = false, ended_at = now(), used_steps = r.used_steps + more_steps,
    used_tokens = r.used_tokens + more_tokens, used_ms = r.used_ms + more_ms
  where r.id = the_run
  returning r.trigger_id into trigger_id;
  perform append_workflow_events(the_run, end_workflow_run.last_seq, events);
  return next;
end $$;
