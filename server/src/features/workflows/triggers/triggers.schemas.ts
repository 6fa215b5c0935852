import { type Static, Type } from 'typebox';
import { Id, nullable, pageQuery, Time } from '../definitions/workflows.schemas.ts';
import { eventNamePattern } from './workflow-events.ts';

const closed = { additionalProperties: false };
const Input = Type.Optional(Type.Record(Type.String(), Type.Unknown()));

export const ScheduleConfig = Type.Object(
  {
    /** Five fields, as in a crontab. */
    cron: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    /** RFC 5545, such as FREQ=WEEKLY;BYDAY=MO. */
    rrule: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    /** Local time at which an RRULE begins: 2026-03-01T09:00:00. */
    starts_at: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d$' })),
    time_zone: Type.String({ minLength: 1, maxLength: 60 }),
    /** What happens to times at which nothing ran. */
    missed: Type.Optional(Type.Union([Type.Literal('skip'), Type.Literal('once'), Type.Literal('all')])),
    input: Input,
  },
  closed,
);
export type ScheduleConfig = Static<typeof ScheduleConfig>;

/** The next times at which a schedule would start its workflow; empty when there are none any more. */
export const SchedulePreview = Type.Object({ times: Type.Array(Time) });
export type SchedulePreview = Static<typeof SchedulePreview>;

export const EventConfig = Type.Object(
  {
    /** One of `x-events` of the schema of workflow documents. */
    event: Type.String({ maxLength: 100, pattern: eventNamePattern }),
    input: Input,
  },
  closed,
);

export const NewTrigger = Type.Union(
  [
    Type.Object({ kind: Type.Literal('schedule'), config: ScheduleConfig }, closed),
    Type.Object({ kind: Type.Literal('webhook'), config: Type.Object({ input: Input }, closed) }, closed),
    Type.Object({ kind: Type.Literal('event'), config: EventConfig }, closed),
    Type.Object({ kind: Type.Literal('chat'), config: Type.Object({}, closed) }, closed),
  ],
  { required: ['kind', 'config'] },
);
export type NewTrigger = Static<typeof NewTrigger>;

const trigger = {
  id: Id,
  workflow_id: Id,
  kind: Type.String(),
  enabled: Type.Boolean(),
  config: Type.Record(Type.String(), Type.Unknown()),
  next_fire_at: nullable(Time),
  last_fired_at: nullable(Time),
  last_error: nullable(Type.String()),
  created_at: Time,
};
export const TriggerView = Type.Object(trigger);
export type TriggerView = Static<typeof TriggerView>;
export const CreatedTrigger = Type.Object({
  ...trigger,
  /** Of a webhook; shown once. */
  secret: nullable(Type.String()),
});
export const TriggerList = Type.Object({
  items: Type.Array(TriggerView),
  next_cursor: nullable(Type.String()),
});
export const TriggerListQuery = Type.Object(pageQuery, closed);
export const TriggerChanges = Type.Object({ enabled: Type.Boolean() }, closed);
