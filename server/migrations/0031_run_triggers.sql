-- A run keeps saying what started it when its trigger is gone: the kind, and the event or the schedule as it was then.
alter table workflow_runs
  add column trigger_kind text check (trigger_kind in ('schedule', 'webhook', 'event', 'chat')),
  add column trigger_name text;

update workflow_runs r set trigger_kind = t.kind,
  trigger_name = coalesce(t.config ->> 'event', t.config ->> 'cron', t.config ->> 'rrule')
from workflow_triggers t where t.id = r.trigger_id;

-- Of triggers that were deleted before, the run's input tells: they put themselves there.
update workflow_runs set trigger_kind = input -> 'trigger' ->> 'kind', trigger_name = input -> 'trigger' ->> 'event'
where trigger_id is null and retry_of is null and parent_run_id is null and conversation_id is null
  and idempotency_key is null
  and (input -> 'trigger' @> '{"kind": "schedule"}' and input -> 'trigger' ? 'fire_at'
    or input -> 'trigger' @> '{"kind": "webhook"}' and input -> 'trigger' ? 'id' and input ? 'body'
    or input -> 'trigger' @> '{"kind": "event"}' and input -> 'trigger' ?& array['event', 'data']);
