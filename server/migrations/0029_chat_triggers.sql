-- Workflows of people's own that answer in their chats; such a mode is `workflow:` and the id of the workflow.
alter table workflow_triggers drop constraint workflow_triggers_kind_check,
  add constraint workflow_triggers_kind_check check (kind in ('schedule', 'webhook', 'event', 'chat'));
create unique index workflow_triggers_chat_idx on workflow_triggers (workflow_id) where enabled and kind = 'chat';

alter table conversations drop constraint conversations_mode_check,
  add constraint conversations_mode_check check (length(mode) between 1 and 60);
alter table messages drop constraint messages_mode_check,
  add constraint messages_mode_check check (length(mode) between 1 and 60);
alter table generations drop constraint generations_mode_check,
  add constraint generations_mode_check check (length(mode) between 1 and 60);
