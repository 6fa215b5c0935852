-- Came with the account and goes with the samples.
alter table workflows add column sample boolean not null default false;
create unique index workflows_sample_idx on workflows (owner_id) where sample;
