-- Titles are searched among a person's own conversations: an index over those of all was written with every message.
drop index conversations_search_idx;
