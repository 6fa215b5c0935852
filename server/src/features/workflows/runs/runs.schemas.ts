import { type Static, Type } from 'typebox';
import { failureFields } from '../../../platform/http/failure.schema.ts';
import { Id, nullable, pageQuery, RunStatusSchema, Time } from '../definitions/workflows.schemas.ts';

const closed = { additionalProperties: false };
export const NewRun = Type.Object({ input: Type.Optional(Type.Unknown()) }, closed);

export const FailureSchema = Type.Object({
  ...failureFields,
  node_id: Type.Optional(Type.String()),
  step: Type.Optional(Type.Integer()),
});

const summary = {
  id: Id,
  workflow_id: Id,
  workflow_name: Type.String(),
  /** The chat mode whose workflow it is. */
  builtin: nullable(Type.String()),
  version: Type.Integer(),
  status: RunStatusSchema,
  error: nullable(FailureSchema),
  used: Type.Object({ steps: Type.Integer(), tokens: Type.Integer(), ms: Type.Integer() }),
  parent_run_id: nullable(Id),
  retry_of: nullable(Id),
  trigger_id: nullable(Id),
  /** The conversation that the run answers in. */
  conversation_id: nullable(Id),
  /** Of the trigger that started it: `schedule`, `webhook` or `event`. It stays when the trigger is deleted. */
  trigger_kind: nullable(Type.String()),
  /** The event that started it, or the schedule as cron or RRULE, as it was then. */
  trigger_name: nullable(Type.String()),
  created_at: Time,
  started_at: nullable(Time),
  ended_at: nullable(Time),
};
export const RunSummary = Type.Object(summary);
export type RunSummary = Static<typeof RunSummary>;

export const RunStep = Type.Object({
  number: Type.Integer(),
  node_id: Type.String(),
  frame: Type.String(),
  status: Type.String(),
  attempts: Type.Integer(),
  input: Type.Unknown(),
  output: Type.Unknown(),
  port: nullable(Type.String()),
  error: nullable(FailureSchema),
  tokens: Type.Object({ input: Type.Integer(), output: Type.Integer() }),
  progress: nullable(Type.Object({ total: Type.Integer(), begun: Type.Integer(), ended: Type.Integer() })),
  waits_for: nullable(Type.Record(Type.String(), Type.Unknown())),
  /** The run of a sub-workflow that this step started, the last one where there are several. */
  child_run_id: nullable(Id),
  started_at: nullable(Time),
  ended_at: nullable(Time),
});
export type RunStep = Static<typeof RunStep>;

export const RunView = Type.Object({
  ...summary,
  input: Type.Unknown(),
  output: Type.Unknown(),
  budget: Type.Object({
    steps: Type.Integer(),
    tokens: Type.Integer(),
    seconds: Type.Integer(),
    depth: Type.Integer(),
  }),
  /** Steps under way end, then it is paused. */
  pause_requested: Type.Boolean(),
  last_seq: Type.Integer(),
  /** The first steps; `GET /runs/:id/steps` has all of them. */
  steps: Type.Array(RunStep),
  next_steps_cursor: nullable(Type.String()),
});
export type RunView = Static<typeof RunView>;

export const RunListQuery = Type.Object(
  {
    ...pageQuery,
    workflow_id: Type.Optional(Id),
    status: Type.Optional(RunStatusSchema),
    /** Only runs of chat modes, or none of them. */
    builtin: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type RunListQuery = Static<typeof RunListQuery>;
export const RunList = Type.Object({
  items: Type.Array(RunSummary),
  next_cursor: nullable(Type.String()),
});
export const RunCountsQuery = Type.Object(
  {
    days: Type.Integer({
      minimum: 1,
      maximum: 90,
      description: 'So many times 24 hours until now, and one day more.',
    }),
    workflow_id: Type.Optional(Id),
    builtin: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type RunCountsQuery = Static<typeof RunCountsQuery>;
export const RunCounts = Type.Object({
  items: Type.Array(
    Type.Object({
      /** When the quarter of an hour began: in each time zone a day begins with one. */
      at: Time,
      succeeded: Type.Integer(),
      failed: Type.Integer(),
      /** Cancelled, or not over yet. */
      others: Type.Integer(),
      tokens: Type.Integer(),
    }),
  ),
});
export type RunCounts = Static<typeof RunCounts>;
const values = Type.Optional(
  Type.Boolean({
    description:
      '`false` leaves out what the run and its steps were given and gave: a long run is read quickly.',
  }),
);
export const RunQuery = Type.Object({ values }, closed);
export type RunQuery = Static<typeof RunQuery>;
export const StepListQuery = Type.Object(
  {
    ...pageQuery,
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1_000_000_000,
        description: 'Begins after this step, without a cursor.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000, description: 'At most 100 with values.' }),
    ),
    values,
  },
  closed,
);
export type StepListQuery = Static<typeof StepListQuery>;
export const StepList = Type.Object({ items: Type.Array(RunStep), next_cursor: nullable(Type.String()) });

export const Retry = Type.Object(
  {
    /** Number of the step; the one that failed by default. */
    step: Type.Optional(Type.Integer({ minimum: 1 })),
    /** In place of what the step was given: its settings with all templates replaced. */
    input: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  closed,
);
export type Retry = Static<typeof Retry>;

export const RunEventsQuery = Type.Object(
  { after_seq: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })) },
  closed,
);
