-- Search: an inverted index and vectors over chunks, always of one owner.
-- Each chunk of an owner has a number that is never used again; everything here speaks of chunks by that number.

create table retrieval_owners (
  owner_id uuid primary key references users (id) on delete cascade,
  -- Locked by every writer of the owner's index: appends to postings keep the order of numbers.
  next_number integer not null default 0
);

-- Consecutive chunks of one document: which chunk a number means, and how long each is.
create table retrieval_ranges (
  owner_id uuid not null references retrieval_owners (owner_id) on delete cascade,
  first_number integer not null,
  document_id uuid not null references documents (id) on delete cascade,
  first_ordinal integer not null,
  chunk_count integer not null,
  language text not null,
  -- Weighted length of each chunk in words, two bytes each, least significant first.
  lengths bytea not null,
  primary key (owner_id, first_number)
);
create index retrieval_ranges_document_idx on retrieval_ranges (document_id);

-- Where a term occurs within a block of 1,024 numbers: two bytes each (10 bits number, 6 bits weighted frequency).
create table retrieval_postings (
  owner_id uuid not null references retrieval_owners (owner_id) on delete cascade,
  block integer not null,
  term text collate "C" not null,
  entries bytea not null,
  primary key (owner_id, block, term)
) with (fillfactor = 80);
-- At most 2 KB, read often: neither compressed nor moved out of the row.
alter table retrieval_postings alter column entries set storage plain;

-- The state of an owner's vectors of one model. Locked by every writer, so that `seq` grows in commit order.
create table retrieval_vector_sets (
  owner_id uuid not null references retrieval_owners (owner_id) on delete cascade,
  model text not null,
  dimensions integer not null,
  last_seq bigint not null default 0,
  primary key (owner_id, model)
);

create table retrieval_vectors (
  owner_id uuid not null,
  model text not null,
  number integer not null,
  document_id uuid not null references documents (id) on delete cascade,
  seq bigint not null,
  -- Unit length.
  vector real[] not null,
  primary key (owner_id, model, number),
  foreign key (owner_id, model) references retrieval_vector_sets (owner_id, model) on delete cascade
);
alter table retrieval_vectors alter column vector set storage external;
create index retrieval_vectors_seq_idx on retrieval_vectors (owner_id, model, seq);
create index retrieval_vectors_document_idx on retrieval_vectors (document_id);
