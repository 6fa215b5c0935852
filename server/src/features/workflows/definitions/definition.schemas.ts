import { type Static, Type } from 'typebox';
import { failureFields } from '../../../platform/http/failure.schema.ts';
import { problemCodes, problemReasons } from './problem-codes.ts';

const closed = { additionalProperties: false };

export const maxNodes = 500;
export const nodeIdPattern = '^[a-z][a-z0-9_]{0,39}$';

export const RetrySchema = Type.Object(
  {
    max_attempts: Type.Integer({ minimum: 1, maximum: 10 }),
    /** Seconds before the second attempt; doubles each time. */
    delay_seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 3_600 })),
  },
  closed,
);

export const NodeSchema = Type.Object(
  {
    id: Type.String({ pattern: nodeIdPattern }),
    type: Type.String({ minLength: 1, maxLength: 60 }),
    name: Type.Optional(Type.String({ maxLength: 200 })),
    note: Type.Optional(Type.String({ maxLength: 4_000 })),
    config: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    retry: Type.Optional(RetrySchema),
    timeout_seconds: Type.Optional(Type.Number({ minimum: 1, maximum: 3_600 })),
    /** Steps that write or send wait for an approval unless the person who drew the workflow says `never`. */
    approval: Type.Optional(Type.Union([Type.Literal('required'), Type.Literal('never')])),
    position: Type.Optional(Type.Object({ x: Type.Number(), y: Type.Number() }, closed)),
  },
  closed,
);
export type WorkflowNode = Static<typeof NodeSchema>;

export const EdgeSchema = Type.Object(
  {
    from: Type.String({ minLength: 1, maxLength: 40 }),
    to: Type.String({ minLength: 1, maxLength: 40 }),
    /** Which way out of the step; `next` by default. */
    port: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  },
  closed,
);
export type WorkflowEdge = Static<typeof EdgeSchema>;

export const BudgetSchema = Type.Object(
  {
    steps: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    tokens: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000_000 })),
    /** At work; waiting is not counted. */
    seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 30 * 86_400 })),
    depth: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
  },
  closed,
);
export type BudgetWish = Static<typeof BudgetSchema>;
export type Budget = Required<BudgetWish>;

export const defaultBudget: Budget = { steps: 25_000, tokens: 500_000, seconds: 86_400, depth: 5 };

export const DefinitionSchema = Type.Object(
  {
    format: Type.Literal(1),
    /** JSON schema that the input of a run must meet. */
    input_schema: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    budget: Type.Optional(BudgetSchema),
    nodes: Type.Array(NodeSchema, { minItems: 1, maxItems: maxNodes }),
    edges: Type.Array(EdgeSchema, { maxItems: 4 * maxNodes }),
  },
  closed,
);
export type Definition = Static<typeof DefinitionSchema>;

export const DefinitionProblemSchema = Type.Object({
  code: Type.Enum([...problemCodes]),
  /** `null`: of the workflow as a whole. */
  node_id: Type.Union([Type.String(), Type.Null()]),
  field: Type.Union([Type.String(), Type.Null()]),
  detail: Type.String(),
  /** Absent where the code has one sentence only. */
  reason: Type.Optional(Type.Enum([...problemReasons])),
  params: failureFields.params,
});
export type DefinitionProblem = Static<typeof DefinitionProblemSchema>;

export const nextPort = 'next';
export const errorPort = 'error';
