-- Mail, the tokens in it, registrations that wait for it, and invitations.

create table mail_messages (
  id uuid primary key,
  -- Null for people without an account, and for the last mail of a deleted one. A person's mail goes with them.
  user_id uuid references users (id) on delete cascade,
  recipient text not null,
  -- One spelling for all variants of an address, for the limit per recipient.
  recipient_canonical text not null,
  -- What the account will be that a link in it creates: an invitation of an administrator is not for others to read.
  recipient_role text not null default 'user' check (recipient_role in ('user', 'admin', 'superuser')),
  kind text not null,
  subject text not null,
  -- Text and HTML, encrypted: links in them open accounts. Null once an SMTP server has taken the message.
  body_sealed text,
  status text not null default 'waiting' check (status in ('waiting', 'sent', 'stored', 'failed')),
  -- Grows with each retry that somebody asked for: a delivery of an older run gives up.
  run integer not null default 1,
  attempts integer not null default 0,
  error text,
  attempted_at timestamptz,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index mail_messages_recipient_idx on mail_messages (recipient_canonical, created_at);
create index mail_messages_user_idx on mail_messages (user_id);
create index mail_messages_created_idx on mail_messages (created_at);
create index mail_messages_attempted_idx on mail_messages (attempted_at);

-- Registrations whose address nobody has proved yet (S10). No account exists for them, so none can be taken over.
create table registrations (
  id uuid primary key,
  email text not null,
  email_canonical text not null,
  display_name text not null,
  password_hash text not null,
  -- SHA-256 of what the browser that registered can prove; null where there was none.
  binding_hash bytea,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index registrations_email_idx on registrations (email_canonical, created_at);
create index registrations_expiry_idx on registrations (expires_at);

-- One change under way per person. It counts when both addresses have confirmed it.
create table email_changes (
  id uuid primary key,
  user_id uuid not null unique references users (id) on delete cascade,
  email text not null,
  email_canonical text not null,
  old_confirmed_at timestamptz,
  new_confirmed_at timestamptz,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- What links in mails hold, as SHA-256 (S8). A row is deleted when it is used.
create table account_tokens (
  token_hash bytea primary key,
  purpose text not null check (purpose in ('verify_email', 'reset_password', 'confirm_old_email', 'confirm_new_email')),
  user_id uuid references users (id) on delete cascade,
  registration_id uuid references registrations (id) on delete cascade,
  email_change_id uuid references email_changes (id) on delete cascade,
  -- SHA-256 of what the browser that asked for it can prove; null where there was none.
  binding_hash bytea,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check (num_nonnulls(user_id, registration_id, email_change_id) = 1)
);
create index account_tokens_user_idx on account_tokens (user_id);
create index account_tokens_registration_idx on account_tokens (registration_id);
create index account_tokens_change_idx on account_tokens (email_change_id);
create index account_tokens_expiry_idx on account_tokens (expires_at);

create table invitations (
  id uuid primary key,
  email text not null,
  email_canonical text not null,
  role text not null check (role in ('user', 'admin')),
  message text not null default '',
  token_hash bytea not null unique,
  -- An invitation is worth what the one who made it may do, so it does not outlive them.
  invited_by uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid references users (id) on delete set null,
  revoked_at timestamptz
);
create unique index invitations_open_idx on invitations (email_canonical) where accepted_at is null and revoked_at is null;
create index invitations_inviter_idx on invitations (invited_by);
create index invitations_accepted_idx on invitations (accepted_by);

-- Made by whoever filled in a form, without a proof of the address: until one is given the account may be a stranger's who
-- waits for the owner of the address (S10). Accounts that an administrator or operator made are not.
alter table users add column self_registered boolean not null default false;
update users set self_registered = true where email_verified_at is null and exists (
  select from audit_events e where e.subject_id = users.id and e.action = 'account.registered' and e.outcome = 'success');
