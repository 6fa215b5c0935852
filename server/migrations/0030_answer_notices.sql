-- What a person should know about an answer, such as that another model wrote it; each with its code and what fills its text.
alter table messages add column notices jsonb not null default '[]';
