import { type Static, Type } from 'typebox';
import { DefinitionSchema } from '../definitions/definition.schemas.ts';
import { nullable } from '../definitions/workflows.schemas.ts';
import { FailureSchema } from '../runs/runs.schemas.ts';

export const StepTest = Type.Object(
  {
    definition: DefinitionSchema,
    node_id: Type.String({ minLength: 1, maxLength: 40 }),
    /** In place of the input of a run. */
    input: Type.Optional(Type.Unknown()),
    /** In place of what other steps brought, by their ids. */
    steps: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    /** In place of the item of the loop around the step. */
    item: Type.Optional(Type.Unknown()),
    index: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Whether a step that changes or sends something really does so. */
    allow_writes: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type StepTest = Static<typeof StepTest>;

export const StepTestResult = Type.Object({
  status: Type.Union([Type.Literal('succeeded'), Type.Literal('failed'), Type.Literal('waiting')]),
  /** What the step was given: its settings with all templates replaced. */
  input: Type.Unknown(),
  output: Type.Unknown(),
  port: nullable(Type.String()),
  error: nullable(FailureSchema),
  waits_for: nullable(Type.Record(Type.String(), Type.Unknown())),
  tokens: Type.Object({ input: Type.Integer(), output: Type.Integer() }),
  duration_ms: Type.Integer(),
});
export type StepTestResult = Static<typeof StepTestResult>;
