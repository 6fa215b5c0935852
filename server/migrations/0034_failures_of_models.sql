-- What the sentence of a failure names, so that it can be told in any language; null where that was not kept.
alter table model_providers
  add column health_reason text,
  add column health_params jsonb;
alter table model_pulls
  add column error_reason text,
  add column error_params jsonb;
