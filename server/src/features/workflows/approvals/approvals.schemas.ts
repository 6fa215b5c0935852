import { type Static, Type } from 'typebox';
import { Id, nullable, pageQuery, Time } from '../definitions/workflows.schemas.ts';

const closed = { additionalProperties: false };
const Status = Type.Union([
  Type.Literal('pending'),
  Type.Literal('approved'),
  Type.Literal('rejected'),
  Type.Literal('expired'),
  Type.Literal('cancelled'),
]);

export const ApprovalView = Type.Object({
  id: Id,
  run_id: Id,
  step: Type.Integer(),
  workflow_name: Type.String(),
  title: Type.String(),
  detail: Type.String(),
  data: Type.Unknown(),
  status: Status,
  /** You decide it. */
  mine: Type.Boolean(),
  /** Your run waits for it. */
  own_run: Type.Boolean(),
  expires_at: nullable(Time),
  escalated_at: nullable(Time),
  comment: nullable(Type.String()),
  decided_at: nullable(Time),
  created_at: Time,
});
export type ApprovalView = Static<typeof ApprovalView>;
export const ApprovalList = Type.Object({
  items: Type.Array(ApprovalView),
  next_cursor: nullable(Type.String()),
});
export const ApprovalListQuery = Type.Object({ ...pageQuery, status: Type.Optional(Status) }, closed);
export type ApprovalListQuery = Static<typeof ApprovalListQuery>;

export const Decision = Type.Object(
  {
    decision: Type.Union([Type.Literal('approve'), Type.Literal('reject')]),
    comment: Type.Optional(Type.String({ maxLength: 4_000 })),
  },
  closed,
);
export type Decision = Static<typeof Decision>;
