import { type Static, Type } from 'typebox';
import { DefinitionProblemSchema, DefinitionSchema } from './definition.schemas.ts';

const closed = { additionalProperties: false };
export const Id = Type.String({ format: 'uuid' });
export const Time = Type.String({ format: 'date-time' });
export const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
export const pageQuery = {
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
};

const Name = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' });
const Description = Type.String({ maxLength: 4_000 });

export const NewWorkflow = Type.Object(
  { name: Name, description: Type.Optional(Description), definition: DefinitionSchema },
  closed,
);
export type NewWorkflow = Static<typeof NewWorkflow>;

export const WorkflowChanges = Type.Object(
  {
    name: Type.Optional(Name),
    description: Type.Optional(Description),
    enabled: Type.Optional(Type.Boolean()),
    definition: Type.Optional(DefinitionSchema),
  },
  closed,
);
export type WorkflowChanges = Static<typeof WorkflowChanges>;

export const RunStatusSchema = Type.Union([
  Type.Literal('queued'),
  Type.Literal('running'),
  Type.Literal('waiting'),
  Type.Literal('paused'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
]);

const summary = {
  id: Id,
  name: Type.String(),
  description: Type.String(),
  enabled: Type.Boolean(),
  version: Type.Integer(),
  revision: Type.Integer(),
  /** The chat mode that it belongs to; then it cannot be changed. */
  builtin: nullable(Type.String()),
  /** Came with the account. */
  sample: Type.Boolean(),
  created_at: Time,
  updated_at: Time,
  /** Its newest runs, newest first; ten at most. */
  last_runs: Type.Array(Type.Object({ id: Id, status: RunStatusSchema })),
  /** When a schedule starts it next. */
  next_fire_at: nullable(Time),
};
export const WorkflowSummary = Type.Object(summary);
export type WorkflowSummary = Static<typeof WorkflowSummary>;
export const WorkflowView = Type.Object({
  ...summary,
  definition: DefinitionSchema,
  /** Why it cannot run; empty when it can. */
  problems: Type.Array(DefinitionProblemSchema),
});
export type WorkflowView = Static<typeof WorkflowView>;

/** Lists of people's own workflows leave those of chat modes out. */
export const WorkflowListQuery = Type.Object(
  { ...pageQuery, builtin: Type.Optional(Type.Boolean()) },
  closed,
);
export const VersionListQuery = Type.Object(pageQuery, closed);
export const WorkflowList = Type.Object({
  items: Type.Array(WorkflowSummary),
  next_cursor: nullable(Type.String()),
});

export const VersionList = Type.Object({
  items: Type.Array(Type.Object({ number: Type.Integer(), created_at: Time, current: Type.Boolean() })),
  next_cursor: nullable(Type.String()),
});
export const VersionView = Type.Object({
  number: Type.Integer(),
  created_at: Time,
  definition: DefinitionSchema,
});

export const ValidationRequest = Type.Object({ definition: DefinitionSchema }, closed);
export const ValidationAnswer = Type.Object({
  valid: Type.Boolean(),
  problems: Type.Array(DefinitionProblemSchema),
});

/** A workflow as a file. */
export const WorkflowFile = Type.Object(
  {
    kind: Type.Literal('aiwfe.workflow'),
    name: Name,
    description: Type.Optional(Description),
    definition: DefinitionSchema,
  },
  closed,
);
export type WorkflowFile = Static<typeof WorkflowFile>;

const FieldChange = Type.Object({ field: Type.String(), before: Type.Unknown(), after: Type.Unknown() });
const EdgeView = Type.Object({ from: Type.String(), to: Type.String(), port: Type.String() });
export const DefinitionDiff = Type.Object({
  from: Type.Integer(),
  to: Type.Integer(),
  nodes: Type.Object({
    added: Type.Array(Type.Object({ id: Type.String(), type: Type.String() })),
    removed: Type.Array(Type.Object({ id: Type.String(), type: Type.String() })),
    changed: Type.Array(Type.Object({ id: Type.String(), changes: Type.Array(FieldChange) })),
  }),
  edges: Type.Object({ added: Type.Array(EdgeView), removed: Type.Array(EdgeView) }),
  settings: Type.Array(FieldChange),
});
export type DefinitionDiff = Static<typeof DefinitionDiff>;
