import { type Static, type TSchema, Type } from 'typebox';

const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Id = Type.String({ format: 'uuid' });
const Timestamp = Type.String({ format: 'date-time' });
export const AuditOutcome = Type.Union([Type.Literal('success'), Type.Literal('failure')]);

const eventFields = {
  id: Id,
  occurred_at: Timestamp,
  action: Type.String(),
  outcome: AuditOutcome,
  factor: Nullable(Type.String()),
  code: Nullable(Type.String()),
  address: Nullable(Type.String()),
  user_agent_label: Nullable(Type.String()),
  country: Nullable(Type.String()),
  session_id: Nullable(Id),
  device_id: Nullable(Id),
  details: Type.Record(Type.String(), Type.Unknown()),
};

/** An event as the person it concerns sees it. */
export const OwnEvent = Type.Object({
  ...eventFields,
  by: Type.Union(
    [Type.Literal('you'), Type.Literal('administrator'), Type.Literal('system'), Type.Literal('unknown')],
    { description: '`unknown`: somebody who did not get in.' },
  ),
});

const AuditPerson = Type.Object({
  id: Id,
  email: Nullable(Type.String()),
  display_name: Nullable(Type.String()),
});

/** An event as administrators see it. People who are gone have neither address nor name. */
export const AuditEvent = Type.Object({
  ...eventFields,
  actor: Nullable(AuditPerson),
  subject: Nullable(AuditPerson),
  email: Nullable(Type.String({ description: 'The address that was typed, where the event kept it.' })),
  user_agent: Nullable(Type.String()),
});

const nextCursor = Nullable(Type.String());
export const OwnEventList = Type.Object({ items: Type.Array(OwnEvent), next_cursor: nextCursor });
export const AuditEventList = Type.Object({ items: Type.Array(AuditEvent), next_cursor: nextCursor });

const page = {
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
};
const ownFilter = {
  action: Type.Optional(
    Type.String({ maxLength: 100, description: 'An action or the beginning of some: `session.`' }),
  ),
  outcome: Type.Optional(AuditOutcome),
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
};
const fullFilter = {
  ...ownFilter,
  user_id: Type.Optional(Id),
  actor_id: Type.Optional(Id),
  address: Type.Optional(Type.String({ maxLength: 64 })),
  search: Type.Optional(Type.String({ maxLength: 320, description: 'The beginning of an e-mail address.' })),
};
const format = { format: Type.Union([Type.Literal('csv'), Type.Literal('jsonl')]) };
const strict = { additionalProperties: false } as const;

export const OwnQuery = Type.Object({ ...page, ...ownFilter }, strict);
export const OwnExportQuery = Type.Object({ ...format, ...ownFilter }, strict);
export const AuditQuery = Type.Object({ ...page, ...fullFilter }, strict);
export const AuditExportQuery = Type.Object({ ...format, ...fullFilter }, strict);
export type AuditFilter = Omit<Static<typeof AuditQuery>, 'cursor' | 'limit'>;
export type ExportFormat = 'csv' | 'jsonl';

export const ChainReport = Type.Object({
  intact: Type.Boolean(),
  sealed: Type.Integer(),
  waiting: Type.Integer({ description: 'Younger than the last sealing.' }),
  erased: Type.Integer({ description: 'Sealed events whose personal part was erased.' }),
  removed: Type.Integer({ description: 'Events given up after their time, behind a sealed checkpoint.' }),
  head: Nullable(Type.Object({ position: Type.Integer(), hash: Type.String() })),
  problems: Type.Array(
    Type.Object({
      position: Nullable(Type.Integer()),
      event_id: Nullable(Id),
      problem: Type.String(),
    }),
  ),
  checked_at: Timestamp,
});
