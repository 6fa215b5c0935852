import { Type } from 'typebox';
import { Check } from 'typebox/value';
import type { ChosenModel } from '../workflow-ports.ts';
import { ConfigInvalid } from '../workflows.errors.ts';

const Choice = Type.Object({ provider_id: Type.String(), model: Type.String() });

/** A person's choice of a model as a run was given it; nothing where there is none. Throws `workflows.config_invalid`. */
export function chosenModel(value: unknown): ChosenModel | null {
  if (value === undefined || value === null) return null;
  if (Check(Choice, value)) return value;
  throw ConfigInvalid.with({ detail: '"preferred_model" is no choice of a model.' });
}
