-- What a person chose in the conversation that a run answers in: documents, web, model. Sub-workflows have that of the run above.
alter table workflow_runs add column conversation_choice jsonb;
